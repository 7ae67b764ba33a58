import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lookAtTree } from '../../../src/facts/tree.ts'
import { folderWith } from './folder.ts'

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')
const tree = (root: string, recordedIn?: string) =>
  lookAtTree({ kind: 'tree', root, ...(recordedIn && { recordedIn }) })

test('hashes files in all folders, and reports links without following them', async () => {
  const root = folderWith({ 'index.html': 'home', 'a/b/deep.txt': '', 'a/run.sh': '#!/bin/sh\n' })
  chmodSync(`${root}/a/run.sh`, 0o755)
  mkdirSync(`${root}/empty`)
  symlinkSync('../index.html', `${root}/a/home`)
  symlinkSync('/etc', `${root}/etc`)
  expect(await tree(root)).toEqual({
    exists: true,
    files: {
      'a/b/deep.txt': { sha256: sha256(''), executable: false, bytes: 0 },
      'a/home': { link: '../index.html', executable: false, bytes: 13 },
      'a/run.sh': { sha256: sha256('#!/bin/sh\n'), executable: true, bytes: 10 },
      etc: { link: '/etc', executable: false, bytes: 4 },
      'index.html': { sha256: sha256('home'), executable: false, bytes: 4 }
    }
  })
})

test('paths come in one order, whatever the order on disk', async () => {
  const names = ['b', 'a/z', 'a.txt', 'Z', 'é']
  const { files } = await tree(folderWith(Object.fromEntries(names.map((name) => [name, name]))))
  expect(Object.keys(files)).toEqual(['Z', 'a.txt', 'a/z', 'b', 'é'])
})

test.each([0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 * 1024 * 1024 + 7])('hashes %i bytes', async (bytes) => {
  const content = Buffer.alloc(bytes, 'abcdefg')
  const { files } = await tree(folderWith({ large: content, other: 'x' }))
  expect(files.large).toEqual({ sha256: sha256(content), executable: false, bytes })
})

test.each([
  [0o744, true],
  [0o100, true],
  [0o655, false]
])("mode %o: the owner's bit decides", async (mode, executable) => {
  const root = folderWith({ run: 'x' })
  chmodSync(`${root}/run`, mode | 0o400)
  expect((await tree(root)).files.run?.executable).toBe(executable)
})

test('a touched tree is the same tree, and a same-size edit is not', async () => {
  const root = folderWith({ page: 'aaaa' })
  const before = await tree(root)
  utimesSync(`${root}/page`, 1, 1)
  expect(await tree(root)).toEqual(before)
  writeFileSync(`${root}/page`, 'aaab')
  utimesSync(`${root}/page`, 1, 1)
  expect(await tree(root)).not.toEqual(before)
})

test.each([
  'with space',
  `quote'"\``,
  'line\nbreak',
  '-rf',
  '\u{feff}bom',
  '__proto__',
  'constructor',
  'é',
  'é',
  '$(id)',
  '\\'
])('keeps the name %j', async (name) => {
  const { files } = await tree(folderWith({ [`folder/${name}`]: 'x' }))
  expect(Object.keys(JSON.parse(JSON.stringify(files)) as object)).toEqual([`folder/${name}`])
})

test('a file called __proto__ at the top is not lost', async () => {
  const { files } = await tree(folderWith({ ['__proto__']: 'x' }))
  expect(JSON.stringify(files)).toContain('"__proto__":{"sha256"')
})

test('a name that is not UTF-8 is refused, and named', async () => {
  const root = folderWith()
  writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), 'x')
  await expect(tree(root)).rejects.toThrow('the name "caf\\xe9" in "." is not valid UTF-8; rename it')
})

test('a pipe is refused instead of waited for', async () => {
  const root = folderWith()
  execFileSync('mkfifo', [`${root}/pipe`])
  await expect(tree(root)).rejects.toThrow('/pipe" is neither a file, a folder nor a symbolic link')
})

test('a root that is missing does not exist, one that is a file is an error', async () => {
  const root = folderWith({ file: 'x' })
  expect(await tree(`${root}/none`)).toEqual({ exists: false, files: {} })
  expect(await tree(`${root}/file/none`)).toEqual({ exists: false, files: {} })
  await expect(tree(`${root}/file`)).rejects.toThrow('/file is not a folder')
})

test('with a record, only what it lists is looked at, and never outside the root', async () => {
  const record = {
    files: { 'src/page.js': {}, 'src/gone.js': {}, 'linked/inside.js': {}, '../outside': {}, '/etc/passwd': {} }
  }
  const folder = folderWith({
    'release/src/page.js': 'page',
    'release/src/built.js': 'built here, not shipped',
    'release/node_modules/x/index.js': 'x',
    'elsewhere/inside.js': 'x',
    outside: 'x',
    'record.json': JSON.stringify(record)
  })
  symlinkSync('../elsewhere', `${folder}/release/linked`)
  const { files } = await tree(`${folder}/release`, `${folder}/record.json`)
  expect(Object.keys(files)).toEqual(['src/page.js'])
})

test('with a record, what else lies there can not disturb', async () => {
  const folder = folderWith({ 'release/a': 'a', 'release/cache/x': '', 'record.json': '{"files":{"a":{}}}' })
  for (const where of ['release', 'release/cache']) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/${where}/`), Buffer.from([0xe9])]), 'x')
    execFileSync('mkfifo', [`${folder}/${where}/pipe`])
  }
  expect(Object.keys((await tree(`${folder}/release`, `${folder}/record.json`)).files)).toEqual(['a'])
})

test('what a record does not list is named where that is asked for, whatever it is', async () => {
  const folder = folderWith({
    'release/a': 'a',
    'release/sub/b': 'b',
    'release/sub/uploaded.html': 'x',
    'release/new/deep/page': 'x',
    'release/.tenant/release.json': '{"files":{"a":{},"sub/b":{},"gone":{}}}',
    'release/sub/.tenant/x': 'x',
    'elsewhere/x': 'x'
  })
  const root = `${folder}/release`
  symlinkSync('../elsewhere', `${root}/linked`)
  execFileSync('mkfifo', [`${root}/pipe`])
  writeFileSync(Buffer.concat([Buffer.from(`${root}/sub/caf`), Buffer.from([0xe9])]), 'x')
  const recordedIn = `${root}/.tenant/release.json`
  const { files, others } = await lookAtTree({ kind: 'tree', root, recordedIn, othersOutside: '.tenant' })
  expect(Object.keys(files)).toEqual(['a', 'sub/b'])
  const named = ['linked', 'new/deep/page', 'pipe', 'sub/.tenant/x', 'sub/caf\\xe9', 'sub/uploaded.html']
  expect(others).toEqual(named)
  expect(await lookAtTree({ kind: 'tree', root: `${folder}/none`, recordedIn, othersOutside: '.tenant' })).toEqual({
    exists: false,
    files: {},
    others: []
  })
})

test('no more than a thousand others are named', async () => {
  const names = Array.from({ length: 1010 }, (_, number) => String(10_000 + number))
  const root = folderWith(Object.fromEntries(names.map((name) => [name, ''])))
  const fact = await lookAtTree({ kind: 'tree', root, recordedIn: `${root}/none`, othersOutside: '.tenant' })
  expect(fact.others).toEqual(names.slice(0, 1000))
})

test('is cut short when it is told to, and nothing of it goes on', async () => {
  const root = folderWith({ 'a/b/c': 'x', d: 'x' })
  await expect(lookAtTree({ kind: 'tree', root }, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
})

test('a record that is missing lists nothing, one that is damaged is an error', async () => {
  const folder = folderWith({ 'release/a': 'a', torn: '{"files":{"a"', wrong: '[]' })
  expect(await tree(`${folder}/release`, `${folder}/none`)).toEqual({ exists: true, files: {} })
  await expect(tree(`${folder}/release`, `${folder}/torn`)).rejects.toThrow('/torn is not JSON')
  await expect(tree(`${folder}/release`, `${folder}/wrong`)).rejects.toThrow('/wrong has no list of files')
})
