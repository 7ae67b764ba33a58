import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

/** The rooms of the house, from the roof down, and which rooms below each may look into. A room may always import its own files. */
const rooms: Record<string, { files: RegExp; imports: string[] }> = {
  action: { files: /^action\.ts$/, imports: ['github', 'renderers', 'run', 'tenant', 'report', 'errors'] },
  cli: {
    files: /^(cli(-logs|-plan)?|(log-)?arguments|usage)\.ts$/,
    imports: ['renderers', 'run', 'tenant', 'report', 'errors']
  },
  build: { files: /^build\.ts$/, imports: [] },
  github: { files: /^github\//, imports: ['renderers', 'run', 'preview', 'tenant', 'report', 'errors'] },
  run: {
    files: /^(run(-doctor|-logs|-plan|-preview)?|access|commands|head|request|secrets|masks|redaction)\.ts$/,
    imports: [
      'backup',
      'preview',
      'deploy',
      'doctor',
      'logs',
      'source',
      'visitor',
      'resources',
      'tenant',
      'remote',
      'facts',
      'shell',
      'report',
      'errors',
      'plain'
    ]
  },
  backup: {
    files: /^backup\//,
    imports: ['deploy', 'source', 'resources', 'tenant', 'remote', 'facts', 'shell', 'report', 'errors']
  },
  // What two checkouts say of a tenant, without a host.
  preview: {
    files: /^preview\//,
    imports: ['deploy', 'source', 'resources', 'tenant', 'facts', 'report', 'errors']
  },
  // Neither knows the other: a doctor that could deploy would be a doctor that changes something.
  deploy: {
    files: /^deploy\//,
    imports: ['source', 'visitor', 'resources', 'tenant', 'remote', 'facts', 'shell', 'report', 'errors']
  },
  doctor: {
    files: /^doctor\//,
    imports: ['source', 'visitor', 'resources', 'tenant', 'remote', 'facts', 'shell', 'report', 'errors']
  },
  // What the app prints and nginx notes, as it is read from a host.
  logs: { files: /^logs\//, imports: ['resources', 'tenant', 'remote', 'facts', 'shell', 'report', 'errors'] },
  // What a lane ships, on this machine.
  source: { files: /^source\//, imports: ['resources', 'tenant', 'remote', 'facts', 'report', 'errors'] },
  // The public addresses, as anybody reaches them.
  visitor: { files: /^visitor\//, imports: ['tenant', 'facts', 'report', 'errors'] },
  resources: { files: /^resources\//, imports: ['tenant', 'remote', 'facts', 'shell', 'report', 'errors'] },
  tenant: { files: /^tenant\//, imports: ['report', 'errors'] },
  // It knows hosts, not tenants.
  remote: { files: /^remote\//, imports: ['facts', 'shell', 'report', 'errors'] },
  // The collector is handed to hosts: what it holds is what a key that may only look can be held to.
  answers: { files: /^facts\/answer(s|-schemas)\.ts$/, imports: ['facts', 'errors'] },
  facts: { files: /^facts\//, imports: [] },
  shell: { files: /^shell\//, imports: ['errors'] },
  // How a report looks is the business of who shows it.
  renderers: {
    files: /^report\/(?!(?:doctor-|plan-|review-|preview-)?report\.ts$)/,
    imports: ['report', 'errors', 'plain']
  },
  // Reports are data, which every room may fill in.
  report: { files: /^report\/(?:doctor-|plan-|review-|preview-)?report\.ts$/, imports: ['errors'] },
  errors: { files: /^errors\.ts$/, imports: [] },
  // What is no content: those who show a text and those who look for secrets in it take out the same.
  plain: { files: /^plain\.ts$/, imports: [] }
}

/** `remote` has a second door: who asks a host reads what it answered. */
const doors: Record<string, string[]> = { answers: ['remote'] }

/** What only some files may use. */
const reserved: { what: RegExp; by: RegExp; why: string }[] = [
  { what: /^@actions\/exec$/, by: /^remote\/rsync\.ts$/, why: 'it finds rsync on a runner and runs it' },
  { what: /^@actions\/(?!exec$)/, by: /^(action\.ts|github\/)/, why: 'nothing else knows that it runs in GitHub' },
  { what: /^@octokit\//, by: /^github\/api\.ts$/, why: 'how calls are repeated and paced is said in one place' },
  { what: /^(node-ssh|ssh2)$/, by: /^remote\/ssh[^/]*\.ts$/, why: 'one way to a host' },
  {
    what: /^zod$/,
    by: /^(tenant\/|facts\/answer-schemas\.ts|facts\/answers\.ts|resources\/(record|lock-holder)\.ts|backup\/sidecar\.ts|github\/(drift|commands|preview)\/|github\/(github-inputs|event)\.ts)/,
    why: 'data from outside comes in there'
  },
  { what: /^yaml$/, by: /^tenant\/source\.ts$/, why: 'manifests are read in one place' },
  { what: /^mustache$/, by: /^resources\/templates\.ts$/, why: 'templates are rendered in one place' },
  { what: /^pg$/, by: /^(facts\/client|deploy\/migrat\w+)\.ts$/, why: 'one looks, the other runs migrations' },
  { what: /^parse5$/, by: /^doctor\/public\/named-files\.ts$/, why: 'pages are read in one place' },
  { what: /^diff$/, by: /^resources\/site-diff\.ts$/, why: 'the change of a site is shown' },
  {
    what: /^process\.(env|exit|argv|exitCode)$/,
    by: /^(action|cli|build|facts\/collector)\.ts$/,
    why: 'a program begins and ends in its entry'
  },
  {
    what: /^process\.(stdout|stderr)$/,
    by: /^(cli(-logs|-plan)?|facts\/collector)\.ts$/,
    why: 'what is printed loses its secrets last'
  },
  {
    what: /^core\.(info|notice|debug|warning|error|setFailed|summary|startGroup|setOutput)$/,
    by: /^github\/(log|annotations|summary)\.ts$/,
    why: 'what is said there loses its secrets last'
  },
  {
    what: /^quoting$/,
    by: /^(shell\/quote|remote\/rsync)\.ts$/,
    why: 'rsync doubles quotes in --rsh, which is no shell'
  }
]

const MOST_LINES = 250

interface Source {
  file: string
  text: string
  /** Files of ours. */
  imports: string[]
  /** Packages, names of `process` and of `core`, and what looks like quoting. */
  uses: string[]
}

const root = join(import.meta.dirname, '../../src')
const sources = globSync('**/*.ts', { cwd: root }).sort().map(read)

function read(file: string): Source {
  const text = readFileSync(join(root, file), 'utf8')
  const imports: string[] = []
  const uses: string[] = []
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
            ? node.arguments[0]
            : undefined
    if (named !== undefined) {
      const name = ts.isStringLiteralLike(named) ? named.text : 'a computed import'
      if (name.startsWith('.')) imports.push(normalize(join(dirname(file), name)))
      else if (!name.startsWith('node:')) uses.push(name)
    }
    if (ts.isPropertyAccessExpression(node) && ['process', 'core'].includes(node.expression.getText()))
      uses.push(node.getText())
    // A quote that is replaced, or closed, escaped and opened again, is somebody who quotes for a shell.
    if (
      ts.isStringLiteralLike(node) &&
      (node.text.includes("'\\''") || (node.text === "'" && ts.isCallExpression(node.parent)))
    )
      uses.push('quoting')
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return { file, text, imports, uses }
}

function roomOf(file: string): string {
  return Object.keys(rooms).find((name) => rooms[name]!.files.test(file)) ?? 'no room'
}

test('every file stands in a room', () => {
  expect(sources.length).toBeGreaterThan(50)
  expect(sources.map(({ file }) => file).filter((file) => roomOf(file) === 'no room')).toEqual([])
})

test('the table itself has no way up', () => {
  const order = Object.keys(rooms)
  const ups = order.flatMap((room) => rooms[room]!.imports.map((below) => [room, below] as const))
  for (const [room, below] of ups) {
    expect(order).toContain(below)
    expect(order.indexOf(below), `${room} -> ${below}`).toBeGreaterThan(order.indexOf(room))
  }
})

test.each(Object.keys(rooms))('the room %s looks only where it may', (room) => {
  const allowed = [room, ...rooms[room]!.imports]
  const arrows = sources
    .filter(({ file }) => roomOf(file) === room)
    .flatMap(({ file, imports }) => imports.map((to) => ({ file, to, room: roomOf(to) })))
  const wrong = arrows.filter((arrow) => !allowed.includes(arrow.room) && !(doors[arrow.room] ?? []).includes(room))
  expect(wrong.map(({ file, to }) => `${file} -> ${to}`)).toEqual([])
})

test.each(reserved)('$what is used only by $by: $why', ({ what, by }) => {
  const users = sources.filter(({ uses }) => uses.some((use) => what.test(use))).map(({ file }) => file)
  expect(users).not.toEqual([])
  expect(users.filter((file) => !by.test(file))).toEqual([])
})

test('every package that is used has its row', () => {
  const packages = sources.flatMap(({ uses }) => uses).filter((use) => /^@?[a-z-/0-9]+$/.test(use))
  expect(packages.filter((name) => !reserved.some(({ what }) => what.test(name)))).toEqual([])
})

test('no imports run in a circle, types included', () => {
  const imports = new Map(sources.map((source) => [source.file, source.imports]))
  const done = new Set<string>()
  const circles: string[] = []
  const follow = (file: string, trail: string[]): void => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '))
    if (done.has(file)) return
    done.add(file)
    for (const next of imports.get(file) ?? []) follow(next, [...trail, file])
  }
  for (const { file } of sources) follow(file, [])
  expect(circles).toEqual([])
})

test('no file is longer than one reads at a sitting', () => {
  const lengths = sources.map(({ file, text }) => [file, text.split('\n').length - 1] as const)
  expect(lengths.filter(([, lines]) => lines > MOST_LINES)).toEqual([])
})

test('no drawers and no barrels', () => {
  const drawers = /^(utils?|helpers?|types|common|misc|index|context|manager)\.ts$/
  expect(sources.map(({ file }) => file).filter((file) => drawers.test(basename(file)))).toEqual([])
  expect(sources.filter(({ text }) => /^export .* from /m.test(text)).map(({ file }) => file)).toEqual([])
})
