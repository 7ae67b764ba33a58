import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const entry = new URL('../../../src/facts/collector.ts', import.meta.url)

const harmless: Record<string, string[]> = {
  'node:fs': ['closeSync', 'constants', 'fstatSync', 'open', 'read', 'readFileSync', 'readlinkSync'],
  'node:fs/promises': ['access', 'lstat', 'open', 'readFile', 'readdir', 'readlink', 'realpath', 'stat', 'statfs'],
  'node:child_process': ['execFile'],
  'node:crypto': ['X509Certificate', 'createHash', 'createPrivateKey'],
  'node:http': ['Agent', 'request'],
  'node:net': ['Socket', 'connect', 'createServer'],
  'node:path': ['basename', 'dirname'],
  'node:timers/promises': ['setTimeout'],
  'node:util': ['promisify'],
  'node:zlib': ['createGunzip'],
  pg: ['default']
}

interface Source {
  name: string
  text: string
  imports: { from: string; names: string[] }[]
}

/** The collector's own sources, found from its entry as the bundler finds them. */
function sources(url = entry, seen = new Map<string, Source>()): Source[] {
  if (seen.has(url.href)) return []
  const text = readFileSync(url, 'utf8')
  const imports = [...text.matchAll(/^import (?!type )(.+?) from '(.+?)'$/gms)].map(([, what = '', from = '']) => ({
    from,
    names: namesOf(what)
  }))
  seen.set(url.href, { name: url.pathname.split('/src/')[1] ?? '', text, imports })
  for (const { from } of imports) if (from.startsWith('.')) sources(new URL(from, url), seen)
  return [...seen.values()]
}

const namesOf = (what: string) =>
  what.startsWith('{')
    ? what
        .replace(/[{}]/g, '')
        .split(',')
        .map((name) => name.trim().split(' as ')[0] ?? '')
        .filter((name) => name && !name.startsWith('type '))
    : [what.startsWith('*') ? '*' : 'default']

test('the collector imports nothing that could change a host', () => {
  const all = sources()
  expect(all.map(({ name }) => name)).toContain('facts/tools.ts')
  for (const { name, imports } of all) {
    for (const { from, names } of imports.filter((each) => !each.from.startsWith('.'))) {
      for (const imported of names)
        expect(harmless[from] ?? [], `${name} imports ${imported} from ${from}`).toContain(imported)
    }
  }
})

test('it opens files to read them only, runs programs in three places, and loads nothing behind the bundler', () => {
  for (const { name, text, imports } of sources()) {
    expect(text, name).not.toMatch(
      /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)|\bopen\([^)]*, *'|import\(|require\(|getBuiltinModule|process\.(kill|binding|chdir|umask)/
    )
    if (name !== 'facts/become.ts') expect(text, name).not.toMatch(/(set\w+id|(set|init)groups)\W/)
    // What fails first must not leave the rest of the work to go on alone, perhaps with other rights.
    if (name !== 'facts/ask.ts') expect(text, name).not.toMatch(/Promise\.(all|race|any)\b(?!,)/)
    if (imports.some(({ from }) => from === 'node:child_process')) {
      // Each in one call: a program for its version, psql, which is told that it may only read, and nginx for its test.
      expect(['facts/psql-session.ts', 'facts/tools.ts', 'facts/nginx-test.ts']).toContain(name)
      expect(text.match(/\bexecFile\b(?! })/g), name).toHaveLength(1)
    }
    if (name !== 'facts/probe.ts') expect(text, name).not.toMatch(/from 'node:https?'/)
    // It listens for a moment, and answers nobody.
    if (name !== 'facts/bind.ts') expect(text, name).not.toMatch(/\b(createServer|listen\()/)
  }
})
