import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planRevisions, runPlan } from '../../../src/run-plan.ts'
import { changedPaths, type Comparing, type Comparison } from '../../../src/source/changes.ts'
import { gitServer, type GitServer } from '../../world/git-server.ts'
import { rejectionOf } from '../thrown.ts'

const none = '0'.repeat(40)
const missing = 'd'.repeat(40)
const environment = {
  PATH: process.env['PATH'] ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  LC_ALL: 'C'
}

let folder: string
/** Where people commit; it is the server as well, which hands out any commit that it still has, as GitHub does. */
let origin: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changes-'))
  origin = join(folder, 'origin')
  git(folder, 'init', '--quiet', '--initial-branch=main', origin)
})
afterEach(() => rmSync(folder, { recursive: true }))

function git(at: string, ...words: string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@a.example', '-c', 'protocol.file.allow=always']
  return execFileSync('git', ['-C', at, ...identity, ...words], { encoding: 'utf8', env: environment }).trim()
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(origin, path)), { recursive: true })
  writeFileSync(join(origin, path), text)
}

/** Commits these files, and whatever else was changed, and answers with the commit. */
function commit(files: Record<string, string> = {}): string {
  for (const [path, text] of Object.entries(files)) put(path, text)
  git(origin, 'add', '--all')
  git(origin, 'commit', '--quiet', '--allow-empty', '--message', 'x')
  return git(origin, 'rev-parse', 'HEAD')
}

const COMMIT = 'commit refs/heads/main\ncommitter a <a@a.example> 1000000000 +0000\ndata 0\n'

/** Commits in one run of git, where there are many. */
function imported(input: string): void {
  execFileSync('git', ['-C', origin, 'fast-import', '--quiet'], { input, env: environment })
}

/** As actions/checkout leaves it. */
function checkout(...words: string[]): string {
  const into = join(folder, 'checkout')
  git(folder, 'clone', '--quiet', ...words, `file://${origin}`, into)
  return into
}
const SHALLOW = ['--depth=1', '--no-tags']

function comparing(repository: string, extra: Partial<Comparing> = {}): Comparing {
  const fetch = { token: null, gitServer: 'https://github.com' }
  return { repository, environment, signal: new AbortController().signal, fetch, ...extra }
}

const compare = (repository: string, base: string, head: string, start: Comparison['start'] = 'commit') =>
  changedPaths(comparing(repository), { base, head, start })

describe.each([
  ['a whole checkout', []],
  ['a checkout of one commit', SHALLOW]
])('%s', (_, words) => {
  test('after a push knows what differs from the commit before', async () => {
    const before = commit({ a: '1', b: '1', 'c/d': '1' })
    commit({ a: '2' })
    const after = commit({ 'c/d': '2' })
    expect(await compare(checkout(...words), before, after)).toEqual({ paths: ['a', 'c/d'] })
  })

  test('after a forced push compares with what was there, which the server still has', async () => {
    commit({ a: '1' })
    const before = commit({ b: '1' })
    git(origin, 'reset', '--quiet', '--hard', 'HEAD~1')
    const after = commit({ c: '1' })
    const at = checkout(...words)
    expect(await compare(at, before, after)).toEqual({ paths: ['b', 'c'] })
    // A whole checkout stays one.
    expect(git(at, 'rev-parse', '--is-shallow-repository')).toBe(String(words.length > 0))
  })

  test('after a forced push whose commit before is gone counts everything, and says so', async () => {
    const after = commit({ a: '1' })
    expect(await compare(checkout(...words), missing, after)).toEqual({
      everything: expect.stringMatching(
        /^the commit before, ddddddd, is not to be had any more, as after a forced push \(.*d{40}.*\)$/
      )
    })
  })

  test.each([3, 70, 1100])(
    'on a pull request compares with where it left its base %i commits ago, not with what that became',
    async (count) => {
      commit({ a: '1', b: '1' })
      git(origin, 'checkout', '--quiet', '-b', 'topic')
      const head = commit({ b: '2' })
      git(origin, 'checkout', '--quiet', 'main')
      imported(`${COMMIT}from refs/heads/main^0\n\n${`${COMMIT}\n`.repeat(count - 1)}`)
      git(origin, 'reset', '--quiet', '--hard', 'main')
      const base = commit({ a: '2' })
      expect(await compare(checkout(...words), base, head, 'merge-base')).toEqual({ paths: ['b'] })
      expect(await compare(join(folder, 'checkout'), base, head)).toEqual({ paths: ['a', 'b'] })
    }
  )

  test('of histories that have nothing in common counts everything', async () => {
    const base = commit({ a: '1' })
    git(origin, 'checkout', '--quiet', '--orphan', 'other')
    const head = commit({ b: '1' })
    expect(await compare(checkout(...words), base, head, 'merge-base')).toEqual({
      everything: expect.stringMatching(/^no commit is known that [0-9a-f]{7} and [0-9a-f]{7} both come from/)
    })
  })
})

test('a new branch counts as everything', async () => {
  expect(await compare(origin, none, commit())).toEqual({ everything: 'the branch is new' })
})

test('both names of what was renamed, also where the user has git look for renames', async () => {
  const before = commit({ 'one/a': 'the same text\n'.repeat(20) })
  git(origin, 'config', 'diff.renames', 'copies')
  mkdirSync(join(origin, 'two'))
  renameSync(join(origin, 'one/a'), join(origin, 'two/a'))
  expect(await compare(origin, before, commit())).toEqual({ paths: ['one/a', 'two/a'] })
})

test('what was deleted, a mode, a link and a submodule', async () => {
  git(folder, 'init', '--quiet', 'library')
  git(join(folder, 'library'), 'commit', '--quiet', '--allow-empty', '--message', 'x')
  const before = commit({ gone: '1', script: '1' })
  rmSync(join(origin, 'gone'))
  execFileSync('chmod', ['+x', join(origin, 'script')])
  symlinkSync('nowhere', join(origin, 'link'))
  git(origin, 'submodule', '--quiet', 'add', join(folder, 'library'), 'apps/library')
  git(origin, 'config', 'diff.ignoreSubmodules', 'all')
  expect(await compare(origin, before, commit())).toEqual({
    paths: ['.gitmodules', 'apps/library', 'gone', 'link', 'script']
  })
})

test('five thousand files, of which GitHub would name three hundred', async () => {
  const before = commit()
  const names = Array.from({ length: 5000 }, (_, at) => `apps/booking/${String(at).padStart(4, '0')}`)
  const blobs = names.map((name) => `M 100644 inline ${name}\ndata 1\nx\n`).join('')
  imported(`${COMMIT}from refs/heads/main^0\n${blobs}`)
  const after = git(origin, 'rev-parse', 'main')
  expect(await compare(origin, before, after)).toEqual({ paths: names })
})

test('names that hold anything', async () => {
  const before = commit()
  const names = ['a\nb', 'a"b', "a'; rm -rf ~", 'é', '-rf', '\u001b[31m', 'a\\b', '::set-output name=x::y']
  for (const name of names) put(`sites/acme/${name}`, '1')
  // No UTF-8 at all.
  writeFileSync(Buffer.concat([Buffer.from(`${origin}/sites/acme/`), Buffer.from([0x66, 0xff, 0xfe])]), '1')
  const found = await compare(origin, before, commit())
  expect(new Set('paths' in found ? found.paths : [])).toEqual(
    new Set([...names, 'f\ufffd\ufffd'].map((name) => `sites/acme/${name}`))
  )
})

/** A checkout of one commit from a private repository that has two; without a credential, but for what is given. */
async function privateCheckout(server: GitServer): Promise<Comparison & { into: string; header: string }> {
  const base = server.commit({ a: '1' })
  const head = server.commit({ b: '1' })
  const header = `Authorization: Basic ${Buffer.from('x-access-token:right').toString('base64')}`
  const into = join(folder, 'checkout')
  const words = ['clone', '--quiet', '--depth=1', `${server.url}/acme/tenants.git`, into]
  // The server is in this process, which must not wait for git.
  await promisify(execFile)('git', ['-c', `http.extraHeader=${header}`, ...words], { env: environment })
  return { base, head, start: 'commit', into, header }
}

test('a private repository is asked with the token, where the checkout has no credential', async () => {
  await using server = await gitServer('acme/tenants', 'right')
  const { into, header, ...comparison } = await privateCheckout(server)
  const asked = (token: string | null) =>
    changedPaths(comparing(into, { fetch: { token, gitServer: server.url } }), comparison)
  expect(await asked(null)).toEqual({ everything: expect.stringContaining('is not to be had any more') })
  const wrong = await asked('wrong')
  expect(wrong).toEqual({ everything: expect.stringContaining('is not to be had any more') })
  expect(JSON.stringify(wrong)).not.toContain(header.slice(-20))
  expect(await asked('right')).toEqual({ paths: ['b'] })
})

test('a credential of the checkout itself goes before the token: two would be refused', async () => {
  await using server = await gitServer('acme/tenants', 'right')
  const { into, header, ...comparison } = await privateCheckout(server)
  git(into, 'config', `http.${server.url}/.extraheader`, header)
  const place = comparing(into, { fetch: { token: 'another', gitServer: server.url } })
  expect(await changedPaths(place, comparison)).toEqual({ paths: ['b'] })
})

test('a head that cannot be had is an error, and so is a folder without git', async () => {
  const base = commit()
  for (const at of [origin, folder])
    expect(await rejectionOf(compare(at, base, missing))).toMatchObject({
      kind: 'source',
      message: `the commit ${missing} is not in this checkout, and cannot be fetched`
    })
})

describe('tenant plan', () => {
  const place = (repository: string) => comparing(repository, { fetch: null })

  beforeEach(() => {
    commit({
      'tenants/acme/tenant.yml':
        'name: acme\nhost: web-1\nmarketing: { domain: www.acme.example, source: sites/acme }\ntls: acme\n',
      'tenants/hosts/web-1.yml': `name: web-1\naddress: web-1.example\nuser: deploy\nhost_key: SHA256:${'a'.repeat(43)}\n`,
      'real/acme/index.html': '1'
    })
  })

  test('compares with where the work left main, and fetches nothing', async () => {
    const at = checkout()
    git(at, 'checkout', '--quiet', '-b', 'topic')
    git(at, 'rm', '--quiet', 'real/acme/index.html')
    git(at, 'commit', '--quiet', '--message', 'x')
    commit({ 'sites/acme/new.html': '1' })
    const { report } = await planRevisions(place(at), null, 'HEAD')
    expect(report).toMatchObject({ files: 1, tenants: [], scope: 'HEAD, compared with where it left origin/HEAD' })
    expect(await rejectionOf(planRevisions(place(at), missing, 'HEAD'))).toMatchObject({ kind: 'usage' })
    expect(await rejectionOf(planRevisions(place(at), '--output=x', 'HEAD'))).toMatchObject({
      kind: 'usage',
      message: '"--output=x" is no commit of this checkout'
    })
  })

  test('compares with the commit that it is told', async () => {
    const before = git(origin, 'rev-parse', 'HEAD')
    commit({ 'sites/acme/new.html': '1' })
    const { report } = await planRevisions(place(origin), before, 'main')
    expect(report.tenants).toMatchObject([{ tenant: 'acme', lanes: 'marketing' }])
  })

  test('without anything to compare with says what to give', async () => {
    git(origin, 'branch', '--move', 'main', 'trunk')
    expect(await rejectionOf(planRevisions(place(origin), null, 'HEAD'))).toMatchObject({
      kind: 'usage',
      remedy: 'say what to compare with: --base REVISION'
    })
  })

  test('follows a source that is a link to where git lists its files', async () => {
    mkdirSync(join(origin, 'sites'))
    symlinkSync('../real/acme', join(origin, 'sites/acme'))
    const base = commit()
    const head = commit({ 'real/acme/index.html': '2' })
    const { report } = await runPlan(place(origin), {
      kind: 'changes',
      scope: 'x',
      waves: true,
      base,
      head,
      start: 'commit'
    })
    expect(report.tenants).toMatchObject([{ tenant: 'acme', lanes: 'marketing' }])
  })

  test('counts the program where it is in the repository, and elsewhere the workflows that deploy', async () => {
    const plan = async (files: Record<string, string>) => {
      const base = git(origin, 'rev-parse', 'HEAD')
      const wish = {
        kind: 'changes' as const,
        scope: 'x',
        waves: true,
        base,
        head: commit(files),
        start: 'commit' as const
      }
      return (await runPlan(place(origin), wish)).report.tenants.flatMap(({ reasons }) =>
        reasons.map(({ what }) => what)
      )
    }
    expect(await plan({ 'dist/site.js': '1', 'src/run.ts': '1', '.github/workflows/ci.yml': '1' })).toEqual([])
    expect(await plan({ '.github/workflows/deploy.yml': '1' })).toEqual([
      'the workflow that deploys .github/workflows/deploy.yml'
    ])
    expect(await plan({ 'dist/action/index.js': '1' })).toEqual(['the program dist'])
    expect(await plan({ 'action.yml': '1', 'src/run.ts': '2' })).toEqual(['the program action.yml'])
    expect(await plan({ '.github/workflows/deploy.yml': '2', 'src/run.ts': '3' })).toEqual([])
  })
})
