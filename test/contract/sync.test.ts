import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Connection } from '../../src/remote/connection.ts'
import type { SyncOptions } from '../../src/remote/remote.ts'
import type { Progress } from '../../src/report/report.ts'
import { connectTo } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { withNarrowRules } from './accounts.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const base = mkdtempSync(join(tmpdir(), 'sync-'))
const from = join(base, 'from')
const to = '/home/deploy/sync-test'
/** Where the program puts what it needs for a while; nothing of it may stay. */
const scratch = join(base, 'scratch')
let remote: Connection

const sync = (otherwise: Partial<SyncOptions> = {}) => remote.sync({ from, to, deadlineMs: 120_000, ...otherwise })
const onHost = async (script: string) => (await world.exec(['sh', '-c', `cd ${to} && ${script}`])).stdout
const nothing = { created: [], changed: [], deleted: [], bytes: 0 }

function write(path: string, text: string | Buffer = `the content of ${path}`): void {
  mkdirSync(dirname(join(from, path)), { recursive: true })
  writeFileSync(join(from, path), text)
}

beforeAll(async () => {
  mkdirSync(scratch)
  vi.stubEnv('TMPDIR', scratch)
  remote = await connectTo(world)
})

beforeEach(async () => {
  rmSync(from, { recursive: true, force: true })
  for (const path of ['index.html', 'assets/logo.svg', 'run.sh']) write(path)
  await world.exec(['rm', '-rf', to])
  await sync()
})

afterEach(() => expect(readdirSync(scratch)).toEqual([]))

afterAll(async () => {
  await remote[Symbol.asyncDispose]()
  vi.unstubAllEnvs()
  await world.exec(['rm', '-rf', to])
  rmSync(base, { recursive: true })
})

test('nothing differs: nothing is done', async () => {
  expect(await sync()).toEqual(nothing)
})

test('hostile names, each as it is', async () => {
  const names = [
    ' leading and trailing ',
    '-rf',
    '--delete',
    "it's",
    '"quoted"',
    'new\nline',
    '\n',
    'carriage\rreturn',
    'tab\t',
    '`id`',
    '$(id)',
    '$HOME',
    '\\#012',
    'back\\slash',
    '*',
    '[a-z]?',
    '🏖️ Zürich',
    '\u001b[31mred',
    '::error::no',
    '>f+++++++++ 12 fake.html',
    '*deleting 0 fake.html',
    'folder -> file',
    `${'long '.repeat(49)}name`,
    '-folder/--option',
    'new\nfolder/file'
  ].sort()
  for (const name of names) write(name, 'x')
  expect(await sync()).toEqual({ created: names, changed: [], deleted: [], bytes: names.length })
  expect(await sync()).toEqual(nothing)
  for (const name of names) write(name, 'y')
  expect((await sync()).changed).toEqual(names)
  const found = await onHost("find . -type f -printf '%P\\0'")
  expect(
    found
      .split('\0')
      .filter((name) => names.includes(name))
      .sort()
  ).toEqual(names)
  for (const name of names) rmSync(join(from, name))
  expect((await sync()).deleted).toEqual(names)
})

test('a touched tree is no change, and files that stay keep their time on the host', async () => {
  const before = await onHost("find . -type f -printf '%P %T@\\n' | sort")
  const later = new Date(Date.now() + 86_400_000)
  for (const path of ['index.html', 'assets/logo.svg', 'run.sh']) utimesSync(join(from, path), later, later)
  write('new.html')
  expect(await sync()).toMatchObject({ created: ['new.html'], changed: [], deleted: [] })
  expect(await onHost("find . -type f ! -name new.html -printf '%P %T@\\n' | sort")).toBe(before)
})

test('an edit of the same size and the same time', async () => {
  const time = new Date('2026-01-01T00:00:00Z')
  const edited = readFileSync(join(from, 'index.html'), 'utf8').replace('the', 'THE')
  await onHost('touch -d 2026-01-01T00:00:00Z index.html')
  write('index.html', edited)
  utimesSync(join(from, 'index.html'), time, time)
  expect(await sync()).toEqual({ ...nothing, changed: ['index.html'], bytes: edited.length })
  expect(await onHost('cat index.html')).toBe(edited)
})

test('deletions: a file, and a folder with what is in it', async () => {
  rmSync(join(from, 'index.html'))
  rmSync(join(from, 'assets'), { recursive: true })
  expect(await sync()).toEqual({ ...nothing, deleted: ['assets/logo.svg', 'index.html'] })
  expect(await onHost('find . -mindepth 1')).toBe('./run.sh\n')
})

test('the executable bit alone', async () => {
  chmodSync(join(from, 'run.sh'), 0o755)
  expect(await sync()).toMatchObject({ ...nothing, changed: ['run.sh'] })
  expect(await onHost('stat -c %a run.sh')).toBe('755\n')
})

test('links stay links: new, pointed elsewhere, and in place of a file', async () => {
  symlinkSync('index.html', join(from, 'start.html'))
  expect(await sync()).toMatchObject({ created: ['start.html'], changed: [], deleted: [] })
  rmSync(join(from, 'start.html'))
  symlinkSync('run.sh', join(from, 'start.html'))
  expect(await sync()).toMatchObject({ created: [], changed: ['start.html'], deleted: [] })
  rmSync(join(from, 'index.html'))
  symlinkSync('assets/logo.svg', join(from, 'index.html'))
  const { created, changed } = await sync()
  expect([...created, ...changed]).toEqual(['index.html'])
  expect(await onHost('readlink start.html index.html')).toBe('run.sh\nassets/logo.svg\n')
})

test('a folder in place of a file, and a file in place of a folder', async () => {
  rmSync(join(from, 'index.html'))
  write('index.html/inside')
  rmSync(join(from, 'assets'), { recursive: true })
  write('assets')
  await sync()
  expect(await onHost('find . -type f -printf "%P\\n" | sort')).toBe('assets\nindex.html/inside\nrun.sh\n')
})

test('what is kept is neither deleted nor itemised, and only where it is named', async () => {
  await onHost('mkdir -p .tenant assets/.tenant && echo 1 >.tenant/release.json && echo 1 >assets/.tenant/other')
  await onHost('chown -R deploy: .')
  expect(await sync({ keep: ['.tenant'] })).toEqual({ ...nothing, deleted: ['assets/.tenant/other'] })
  expect(await onHost('cat .tenant/release.json')).toBe('1\n')
  expect((await sync()).deleted).toEqual(['.tenant/release.json'])
})

test('1,500 files, of which one differs', async () => {
  const names = Array.from({ length: 1500 }, (_, index) => `pages/${index % 30}/page-${index}.html`)
  for (const name of names) write(name)
  expect((await sync()).created).toEqual(names.sort())
  expect(await sync()).toEqual(nothing)
  write('pages/7/page-7.html', 'changed')
  expect(await sync()).toEqual({ ...nothing, changed: ['pages/7/page-7.html'], bytes: 7 })
})

test('a large transfer tells how far it is, and leaves no trace of the key on this machine', async () => {
  write('film.mp4', randomBytes(30 * 1024 * 1024))
  const told: Extract<Progress, { kind: 'transfer' }>[] = []
  const seen = new Map<string, string>()
  await sync({
    tell(progress) {
      if (progress.kind === 'transfer') told.push(progress)
      for (const path of filesIn(scratch)) seen.set(path, readFileSync(path, 'utf8'))
    }
  })
  expect(told.at(-1)).toMatchObject({
    bytes: 30 * 1024 * 1024,
    rate: expect.stringMatching(/B\/s$/) as string
  })
  // The files that stay as they are count as well.
  expect(told.at(-1)?.percent).toBeGreaterThan(98)
  expect(told.map(({ percent }) => percent)).toEqual(told.map(({ percent }) => percent).sort((a, b) => a - b))
  expect([...seen.keys()]).toEqual([expect.stringMatching(/relay\.cjs$/)])
  const key = readFileSync(world.host.key_file, 'utf8').split('\n')[1]!
  for (const text of seen.values()) expect(text).not.toContain(key)
})

test('a folder that the account may not write to', async () => {
  const failure = await failureOf(sync({ to: '/etc/nginx' }))
  expect(failure).toMatchObject({
    kind: 'sync',
    message: expect.stringContaining('rsync ended with exit code') as string,
    where: expect.stringContaining(':/etc/nginx') as string,
    remedy: expect.stringContaining('rights of the account') as string,
    log: expect.stringContaining('Permission denied') as string
  })
})

test('a folder that is not there on this machine', async () => {
  const failure = await failureOf(sync({ from: join(base, 'no-such-folder') }))
  expect(failure).toMatchObject({ kind: 'sync', log: expect.stringContaining('no-such-folder') as string })
})

test('an account that may not be become', async () => {
  expect(await withNarrowRules(world, () => failureOf(sync({ as: 'postgres' })))).toMatchObject({
    kind: 'privilege',
    message: 'could not become the account postgres to sync the files'
  })
})

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
