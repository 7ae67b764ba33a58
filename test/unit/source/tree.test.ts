import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Sourcing } from '../../../src/source/sourcing.ts'
import { WholeListing } from '../../../src/source/git-files.ts'
import { addFile, copyHashed, copySelected, hashSelected, listFiles } from '../../../src/source/tree.ts'
import { rejectionOf } from '../thrown.ts'

let folder = ''
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tree-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const gitConfig = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
const sourcing = {
  environment: { PATH: process.env['PATH'] ?? '', ...gitConfig },
  signal: new AbortController().signal
} as unknown as Sourcing

function put(path: string, text: string | Buffer = 'x'): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function git(...words: string[]): void {
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@a.example', ...words], {
    cwd: folder,
    stdio: 'pipe',
    env: { ...process.env, ...gitConfig }
  })
}

const list = async (git = true, below = '') => (await listFiles(join(folder, below), { git, sourcing })).paths

const strange = ['with space', 'quo\'te"s', 'new\nline', '-dash', '#', 'ünï 🔑', 'back\\slash', '.dot', '\\#012']

test('without git, every file is listed, whatever it is called', async () => {
  for (const name of strange) put(name)
  put('sub/deep/file')
  mkdirSync(join(folder, 'empty'))
  expect(await list()).toEqual([...strange, 'sub/deep/file'].sort())
})

describe('never shipped', () => {
  const never = [
    '.git/config',
    'node_modules/a/index.js',
    'sub/node_modules/b.js',
    '.tenant/release.json',
    '.DS_Store',
    '.env',
    'sub/.env',
    '.env.local',
    '.env.production.local'
  ]
  const shipped = ['.env.example', '.env.production', '.gitignore', '.envrc', 'env.local', 'index.html']

  test('without git', async () => {
    for (const path of [...never, ...shipped]) put(path)
    expect(await list(false)).toEqual(shipped.toSorted())
  })

  test('with git, even where it was committed', async () => {
    git('init', '--quiet')
    for (const path of [...never.slice(1), ...shipped]) put(path)
    git('add', '--all', '--force')
    expect(await list()).toEqual(shipped.toSorted())
  })
})

describe('with git', () => {
  beforeEach(() => {
    git('init', '--quiet')
    put('.gitignore', 'dist/\n*.log\n')
    put('tracked')
    put('app/tracked')
    put('app/gone')
    put('forced.log')
    git('add', '--all')
    git('add', '--force', 'forced.log')
    git('commit', '--quiet', '--message', 'first')
  })

  test('what is tracked or new is listed, and not what is ignored or gone', async () => {
    rmSync(join(folder, 'app/gone'))
    for (const path of ['new', 'dist/built.js', 'noise.log', ...strange]) put(path)
    expect(await list()).toEqual(['.gitignore', 'app/tracked', 'forced.log', 'new', 'tracked', ...strange].sort())
  })

  test('a folder inside is listed by itself', async () => {
    put('app/dist/built.js')
    put('app/new')
    expect(await list(true, 'app')).toEqual(['gone', 'new', 'tracked'])
  })

  test('a built folder that git ignores is listed without asking it', async () => {
    put('dist/built.js')
    put('dist/noise.log')
    expect(await list(false, 'dist')).toEqual(['built.js', 'noise.log'])
  })

  test('a repository that git cannot read is an error, not a folder of plain files', async () => {
    rmSync(join(folder, '.git/HEAD'))
    expect(await rejectionOf(list())).toMatchObject({ kind: 'source', where: 'this machine' })
  })
})

describe('refused', () => {
  test('a folder with nothing to ship', async () => {
    put('.env')
    const error = await rejectionOf(list())
    expect(error).toMatchObject({ kind: 'source', where: folder })
    expect(error.message).toContain('nothing to ship')
  })

  test('a name that is not UTF-8', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/latin`), Buffer.from([0xe9])]), 'x')
    expect(await rejectionOf(list())).toMatchObject({
      kind: 'source',
      message: 'a file name is not UTF-8: "latin\uFFFD"'
    })
  })

  test('a name that is not UTF-8, with git', async () => {
    git('init', '--quiet')
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/latin`), Buffer.from([0xe9])]), 'x')
    expect(await rejectionOf(list())).toMatchObject({
      kind: 'source',
      message: 'a file name is not UTF-8: "latin\uFFFD"'
    })
  })

  test.each([
    ['/etc/passwd', 'link'],
    ['../outside', 'link'],
    ['../../outside', 'sub/link'],
    ['sub/../../outside', 'link'],
    ['..', 'link']
  ])('a link to %s', async (target, path) => {
    put('index.html')
    mkdirSync(join(folder, 'sub'), { recursive: true })
    symlinkSync(target, join(folder, path))
    const files = await listFiles(folder, { git: false, sourcing })
    const error = await rejectionOf(copySelected(files, join(folder, 'copy')))
    expect(error).toMatchObject({ kind: 'source', where: join(folder, path) })
    expect(error.message).toContain('a link points outside the source')
  })

  test('a fifo', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const files = await listFiles(folder, { git: false, sourcing })
    expect(await rejectionOf(copySelected(files, join(folder, 'copy')))).toMatchObject({
      kind: 'source',
      message: 'neither a file nor a link: "pipe"',
      where: join(folder, 'pipe')
    })
  })
})

test('a copy has the content, the links, and no other mode than two', async () => {
  for (const name of strange) put(name, name)
  put('sub/run', 'go')
  put('secretive', 's')
  put('..dots', 'd')
  chmodSync(join(folder, 'sub/run'), 0o4711)
  chmodSync(join(folder, 'secretive'), 0o600)
  utimesSync(join(folder, 'secretive'), 1, 1)
  linkSync(join(folder, 'secretive'), join(folder, 'hard'))
  symlinkSync('../secretive', join(folder, 'sub/link'))
  symlinkSync('nowhere', join(folder, 'broken'))
  symlinkSync('sub', join(folder, 'folder-link'))

  const to = mkdtempSync(join(tmpdir(), 'tree-copy-'))
  try {
    const tree = await copySelected(await listFiles(folder, { git: false, sourcing }), to)
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    expect(Object.keys(tree)).toEqual(
      [...strange, 'sub/run', 'sub/link', 'secretive', 'hard', 'broken', 'folder-link', '..dots'].sort()
    )
    for (const name of strange)
      expect(tree[name]).toEqual({ sha256: hash(name), executable: false, bytes: Buffer.byteLength(name) })
    expect(tree['sub/run']).toEqual({ sha256: hash('go'), executable: true, bytes: 2 })
    expect(tree['sub/link']).toEqual({ link: '../secretive', executable: false, bytes: 12 })
    expect(readFileSync(join(to, 'new\nline'), 'utf8')).toBe('new\nline')
    expect(readlinkSync(join(to, 'folder-link'))).toBe('sub')
    expect(lstatSync(join(to, 'sub/run')).mode & 0o7777).toBe(0o755)
    expect(lstatSync(join(to, 'secretive')).mode & 0o7777).toBe(0o644)

    await addFile(tree, to, 'assets/widget.js', Buffer.from('w'))
    expect(tree['assets/widget.js']).toEqual({ sha256: hash('w'), executable: false, bytes: 1 })
    expect(readFileSync(join(to, 'assets/widget.js'), 'utf8')).toBe('w')
  } finally {
    rmSync(to, { recursive: true })
  }
})

test('hashes without a copy, and copies what was hashed', async () => {
  for (let at = 0; at < 200; at++) put(`folder-${at % 7}/${at}`, `${at}`)
  symlinkSync('folder-1/1', join(folder, 'link'))
  const files = await listFiles(folder, { git: false, sourcing })
  const tree = await hashSelected(files)
  expect(readdirSync(folder)).toHaveLength(8)
  const to = mkdtempSync(join(tmpdir(), 'tree-copy-'))
  try {
    expect(await copyHashed(files, tree, to)).toEqual(tree)
    put('folder-3/3', 'changed since')
    expect(await rejectionOf(copyHashed(files, tree, join(to, 'again')))).toMatchObject({
      kind: 'source',
      message: 'a file changed while it was read: "folder-3/3"',
      where: folder
    })
  } finally {
    rmSync(to, { recursive: true })
  }
})

test('one listing of the whole checkout tells of each folder what a listing of its own does', async () => {
  git('init', '--quiet')
  for (const path of ['.gitignore', 'a/tracked', 'a/sub/gone', 'ab/other', 'ü b/x']) put(path, 'made\n')
  git('add', '.')
  git('commit', '--quiet', '--message', 'all')
  for (const path of ['a/new', 'a/made', 'a/sub/new', 'nested/x']) put(path)
  rmSync(join(folder, 'a/sub/gone'))
  execFileSync('git', ['init', '--quiet', join(folder, 'nested')])
  symlinkSync('a', join(folder, 'linked'))
  const whole = new WholeListing()
  for (const [below, paths] of [
    ['', ['.gitignore', 'a/new', 'a/sub/new', 'a/tracked', 'ab/other', 'linked', 'nested/', 'ü b/x']],
    ['a', ['new', 'sub/new', 'tracked']],
    ['a/sub', ['new']],
    ['ü b', ['x']],
    // Git itself follows neither.
    ['nested', ['x']],
    ['linked', ['new', 'sub/new', 'tracked']]
  ] as const) {
    const listed = await listFiles(join(folder, below), { git: true, sourcing, whole })
    expect(listed.paths).toEqual(await list(true, below))
    expect(listed.paths).toEqual(paths)
  }
})
