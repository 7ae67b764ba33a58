import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { headOf } from '../../../src/head.ts'
import { pathsSince } from '../../../src/preview/between.ts'
import { planRevisions } from '../../../src/run-plan.ts'
import { changedPaths } from '../../../src/source/changes.ts'
import { clone, commitAt } from '../../../src/source/clone.ts'
import { WholeListing, isUncommitted } from '../../../src/source/git-files.ts'
import { appSource, marketingSource, scratch } from '../../../src/source/source.ts'
import type { Sourcing } from '../../../src/source/sourcing.ts'
import { listFiles } from '../../../src/source/tree.ts'
import { serveRepositories } from '../../world/git-server.ts'
import { rejectionOf } from '../thrown.ts'
import { committed, fill, plainGit, springs, trapIn, type Trap } from './trap.ts'

let folder: string
let root: string
let trap: Trap
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-'))
  root = join(folder, 'checkout')
  mkdirSync(root)
  // As a server has it.
  symlinkSync('checkout', join(folder, 'checkout.git'))
  trap = trapIn(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

const signal = new AbortController().signal
const gitServer = 'https://github.com'

/** A person whose own settings are in `home`. */
function environment(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: join(folder, 'home'), ...more }
}

function sourcing(tenant: object = {}, more: Record<string, string> = {}): Sourcing {
  return {
    tenant: { name: 'acme', ...tenant },
    repository: root,
    secrets: { SITE_TOKEN: 'right' },
    environment: environment(more),
    gitServer,
    runsBuilds: true,
    tell: () => undefined,
    signal
  } as unknown as Sourcing
}

function put(path: string, text: string, mode = 0o644): string {
  const at = join(folder, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, text, { mode })
  return at
}

/** Same content, but another time: git has to compare. */
const touch = (path: string) => utimesSync(join(root, path), 1, 1)
const list = async (at: string, more: Record<string, string> = {}, whole?: WholeListing) =>
  (await listFiles(at, { git: true, sourcing: sourcing({}, more), ...(whole && { whole }) })).paths

describe.each(['bare', 'with a work tree'] as const)('a folder that is a repository (%s) is one of files', (kind) => {
  beforeEach(() => {
    fill(join(root, 'site'), trap, kind)
    // In a bare one git runs less, and answers from it all the same.
    if (kind !== 'bare') expect(springs(join(root, 'site'), trap, folder)).toBe(true)
    committed(root)
  })
  afterEach(() => expect(trap.ran()).toEqual([]))

  test('to a listing, from it, from below it and of the whole checkout', async () => {
    expect(await list(join(root, 'site'))).toEqual(trap.files)
    expect(await list(join(root, 'site'), {}, new WholeListing())).toEqual(trap.files)
    expect(await list(join(root, 'site/objects'))).toEqual(['info/x'])
    expect(await list(root)).toEqual(trap.files.map((path) => `site/${path}`))
    symlinkSync('site', join(root, 'link'))
    expect(await list(join(root, 'link'))).toEqual(trap.files)
  })

  test('to the question what is not committed', async () => {
    const asked = () => isUncommitted(join(root, 'site'), sourcing())
    expect(await asked()).toBe(false)
    for (const path of trap.files) touch(`site/${path}`)
    expect(await asked()).toBe(false)
    writeFileSync(join(root, 'site/index.html'), 'another\n')
    expect(await asked()).toBe(true)
  })

  test('to a lane that ships it', async () => {
    const given = sourcing({ app: { source: 'site' }, marketing: { source: 'site' } })
    await using work = await scratch()
    for (const { files, uncommitted } of [await appSource(given), await marketingSource(given, work.path)])
      expect([files?.paths, uncommitted]).toEqual([trap.files, false])
  })

  test('to a plan, a comparison and the commit of a run, also where the manifests are in it', async () => {
    const base = plainGit(root, 'rev-parse', 'HEAD')
    writeFileSync(join(root, 'site/index.html'), 'another\n')
    const head = committed(root)
    for (const at of [root, join(root, 'site')]) {
      mkdirSync(join(at, 'tenants'))
      const comparing = { repository: at, environment: environment(), signal, fetch: { token: 'x', gitServer } }
      expect(await changedPaths(comparing, { base, head, start: 'merge-base' })).toEqual({ paths: ['site/index.html'] })
      expect((await planRevisions(comparing, base, 'HEAD')).report.files).toBe(1)
      expect(await headOf(at, environment())).toBe(head)
      const checkout = { folder: at, environment: environment(), token: 'x', gitServer, signal }
      const below = at === root ? 'site' : 'index.html'
      expect(await pathsSince(checkout, base, [below])).toEqual(['site/index.html'])
      expect(await pathsSince(checkout, 'd'.repeat(40), [below])).toBeNull()
    }
  })

  test('to the clone of a marketing site that holds it, or is it', async () => {
    fill(root, trap, kind)
    writeFileSync(join(root, '.gitattributes'), '* filter=trap\n')
    const commit = committed(root)
    await using server = await serveRepositories(folder, null)
    const nested = trap.files.map((path) => `site/${path}`)
    for (const [output, paths] of [
      [undefined, [...trap.files, ...nested].sort()],
      ['site', trap.files]
    ]) {
      const source = { repository: 'checkout', ref: 'main' }
      const given = { ...sourcing({ marketing: { source, output } }), gitServer: server.url }
      await using work = await scratch()
      const found = await marketingSource(given, work.path)
      expect([found.commit, found.files!.paths]).toEqual([commit, paths])
      expect(await commitAt(given, source)).toBe(commit)
      expect(readFileSync(join(found.files!.folder, 'index.html'), 'utf8')).toBe('page\n')
    }
  })
})

/** Whatever a person or the checkout itself has set, no answer needs another program. */
describe.each([
  ['the checkout', () => join(root, '.git/config')],
  ['the person', () => put('home/.gitconfig', '')]
])('what the settings of %s name is not run', (_, file) => {
  let base: string
  beforeEach(async () => {
    put('checkout/.gitattributes', '* filter=trap diff=trap\n')
    put('checkout/site/index.html', 'one\n')
    base = committed(root)
    put('checkout/site/index.html', 'two\n')
    committed(root)
    plainGit(root, 'remote', 'add', 'origin', `file://${root}`)
    writeFileSync(file(), `${readFileSync(file(), 'utf8')}\n${trap.settings}\n`)
  })
  afterEach(() => expect(trap.ran()).toEqual([]))

  test('by a listing and a comparison of files', async () => {
    expect(await list(join(root, 'site'))).toEqual(['index.html'])
    touch('site/index.html')
    expect(await isUncommitted(join(root, 'site'), sourcing())).toBe(false)
    touch('site/index.html')
    const checkout = { folder: root, environment: environment(), token: null, gitServer, signal }
    expect(await pathsSince(checkout, base, ['site'])).toEqual(['site/index.html'])
  })

  test('by a fetch', async () => {
    plainGit(root, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
    const head = committed(root)
    const at = join(folder, 'shallow')
    mkdirSync(at)
    plainGit(at, 'init', '--quiet')
    plainGit(at, 'fetch', '--quiet', '--depth=1', `file://${root}`, 'main')
    plainGit(at, 'checkout', '--quiet', 'FETCH_HEAD')
    plainGit(at, 'remote', 'add', 'origin', `file://${root}`)
    writeFileSync(join(at, '.git/config'), `${readFileSync(join(at, '.git/config'), 'utf8')}\n${trap.settings}\n`)
    plainGit(at, 'config', 'remote.origin.uploadpack', join(folder, 'hooks-that-ran/pre-auto-gc'))
    const comparing = { repository: at, environment: environment(), signal, fetch: { token: null, gitServer } }
    expect(await changedPaths(comparing, { base, head, start: 'commit' })).toEqual({ paths: ['site/index.html'] })
  })

  test('by a clone, which has what was committed', async () => {
    await using server = await serveRepositories(folder, null)
    const given = { ...sourcing({ marketing: {} }), gitServer: server.url }
    const { folder: at } = await clone(given, { repository: 'checkout', ref: 'main' }, join(folder, 'clone'))
    expect(readFileSync(join(at, 'site/index.html'), 'utf8')).toBe('two\n')
  })

  test('by a server that wants to know who asks', async () => {
    await using server = await serveRepositories(folder, 'right')
    const given = { ...sourcing({ marketing: {} }, { SSH_ASKPASS: join(folder, 'hooks-that-ran/pre-auto-gc') }) }
    const asked = commitAt({ ...given, gitServer: server.url }, { repository: 'checkout', ref: 'main' })
    expect(await rejectionOf(asked)).toMatchObject({ kind: 'source', log: expect.stringContaining('prompts disabled') })
  })
})

test('a submodule is looked at by its commit alone: no git works in it', async () => {
  put('library/a', '1\n')
  committed(join(folder, 'library'))
  committed(root)
  plainGit(root, 'submodule', '--quiet', 'add', join(folder, 'library'), 'site/library')
  committed(root)
  const config = join(root, '.git/modules/site/library/config')
  writeFileSync(config, `${readFileSync(config, 'utf8')}\n${trap.settings}\n`)
  put('checkout/site/library/a', '2\n')
  expect(await isUncommitted(join(root, 'site'), sourcing())).toBe(false)
  expect(await list(join(root, 'site'))).toEqual(['library'])
  // The submodule is a checkout of its own, by the file .git in it.
  expect(await list(join(root, 'site/library'))).toEqual(['a'])
  expect(await isUncommitted(join(root, 'site/library'), sourcing())).toBe(true)
  expect(trap.ran()).toEqual([])
  plainGit(join(root, 'site/library'), 'commit', '--quiet', '--all', '--message', 'x')
  expect(await isUncommitted(join(root, 'site'), sourcing())).toBe(true)
})

describe('the environment', () => {
  beforeEach(() => {
    put('checkout/site/index.html', 'page\n')
    committed(root)
  })
  afterEach(() => expect(trap.ran()).toEqual([]))

  test('says neither which repository, nor what is set, nor what is run', async () => {
    const program = put('program', `#!/bin/sh\necho program >> ${join(folder, 'programs-that-ran')}\nexit 1\n`, 0o755)
    const more = {
      GIT_DIR: '/nowhere',
      GIT_WORK_TREE: '/nowhere',
      GIT_INDEX_FILE: '/nowhere/index',
      GIT_OBJECT_DIRECTORY: '/nowhere/objects',
      GIT_CONFIG_GLOBAL: put('global', trap.settings),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: program,
      GIT_CONFIG_PARAMETERS: `'core.excludesfile=${put('all', '*\n')}'`,
      GIT_EXTERNAL_DIFF: program,
      GIT_ASKPASS: program,
      GIT_SSH_COMMAND: program,
      GIT_PAGER: program,
      GIT_TRACE: join(folder, 'programs-that-ran'),
      GIT_EXEC_PATH: folder
    }
    put('checkout/site/new.html', 'new\n')
    expect(await list(join(root, 'site'), more)).toEqual(['index.html', 'new.html'])
    expect(await isUncommitted(join(root, 'site'), sourcing({}, more))).toBe(true)
    expect(await headOf(root, environment(more))).toBe(plainGit(root, 'rev-parse', 'HEAD'))
  })

  test.each(['.', '', 'bin', './node_modules/.bin'])('names no git of the source itself: PATH=%j', async (path) => {
    const program = `#!/bin/sh\necho git >> ${join(folder, 'programs-that-ran')}\n`
    put(join('checkout/site', path, 'git'), program, 0o755)
    put('checkout/.gitignore', 'git\n')
    const PATH = `${path}:${process.env['PATH']}`
    expect(await list(join(root, 'site'), { PATH })).toEqual(['index.html'])
  })

  test("keeps a person's own settings that start nothing", async () => {
    put('home/.gitconfig', `[core]\n\texcludesFile = ${put('home/ignored', '*.log\n')}\n`)
    put('checkout/site/noise.log', 'x')
    expect(await list(join(root, 'site'))).toEqual(['index.html'])
  })

  test.skipIf(process.getuid!() !== 0)('keeps safe.directory: a checkout of another account is refused', async () => {
    for (const path of [root, join(root, '.git')]) chownSync(path, 12_345, 12_345)
    expect(await rejectionOf(list(join(root, 'site')))).toMatchObject({
      kind: 'source',
      log: expect.stringContaining('dubious ownership')
    })
    put('home/.gitconfig', `[safe]\n\tdirectory = ${root}\n`)
    expect(await list(join(root, 'site'))).toEqual(['index.html'])
  })
})

describe('the nearest repository', () => {
  beforeEach(() => {
    put('checkout/site/index.html', 'page\n')
    committed(root)
  })

  test('is one inside another, or one that a link leads to; a folder .git that is none is passed by', async () => {
    mkdirSync(join(root, 'site/.git'))
    expect(await list(join(root, 'site'))).toEqual(['index.html'])
    put('checkout/nested/a', 'a')
    committed(join(root, 'nested'))
    expect(await list(join(root, 'nested'))).toEqual(['a'])
    put('other/sub/b', 'b')
    committed(join(folder, 'other'))
    symlinkSync(join(folder, 'other/sub'), join(root, 'elsewhere'))
    expect(await list(join(root, 'elsewhere'))).toEqual(['b'])
  })

  test('is a worktree, by the file .git in it', async () => {
    plainGit(root, 'worktree', 'add', '--quiet', join(folder, 'worktree'))
    writeFileSync(join(folder, 'worktree/site/new.html'), 'new\n')
    expect(await list(join(folder, 'worktree/site'))).toEqual(['index.html', 'new.html'])
    expect(await isUncommitted(join(folder, 'worktree/site'), sourcing())).toBe(true)
  })

  test('is missing where a link leads out of all, which is an error', async () => {
    put('plain/a', 'a')
    symlinkSync(join(folder, 'plain'), join(root, 'elsewhere'))
    expect(await rejectionOf(list(join(root, 'elsewhere')))).toMatchObject({
      kind: 'source',
      message: expect.stringMatching(/^could not list the files of .*: no git repository holds .*elsewhere$/)
    })
    expect(await headOf(join(folder, 'plain'), environment())).toBeNull()
    expect(await headOf(join(folder, 'missing'), environment())).toBeNull()
  })
})

test.each(['ext::sh -c "echo ext >> LOG" %S', 'helper::anything', 'git://127.0.0.1:1/x'])(
  'an origin that is %s is not fetched from',
  async (url) => {
    const helper = `#!/bin/sh\necho helper >> ${join(folder, 'programs-that-ran')}\n`
    put('bin/git-remote-helper', helper, 0o755)
    const head = committed(root)
    plainGit(root, 'config', 'protocol.allow', 'always')
    plainGit(root, 'remote', 'add', 'origin', url.replace('LOG', join(folder, 'programs-that-ran')))
    const PATH = `${join(folder, 'bin')}:${process.env['PATH']}`
    const comparing = {
      repository: root,
      environment: environment({ PATH }),
      signal,
      fetch: { token: null, gitServer }
    }
    expect(await changedPaths(comparing, { base: 'd'.repeat(40), head, start: 'commit' })).toEqual({
      everything: expect.stringContaining('not allowed')
    })
    expect(trap.ran()).toEqual([])
  }
)

describe('a marketing site that is cloned', () => {
  const source = { repository: 'checkout', ref: 'main' }

  test('is not taken from a folder of this machine', async () => {
    committed(root)
    const given = { ...sourcing({ marketing: {} }), gitServer: `file://${folder}` }
    expect(await rejectionOf(commitAt(given, source))).toMatchObject({ log: expect.stringContaining('not allowed') })
  })

  test("has its token for its own server and no other, and not the checkout's credential", async () => {
    committed(root)
    plainGit(root, 'config', 'http.extraheader', 'Authorization: Basic another')
    await using server = await serveRepositories(folder, 'right')
    const given = { ...sourcing({ marketing: {} }), gitServer: server.url }
    const withToken = { ...source, token: 'SITE_TOKEN' }
    expect(await commitAt(given, withToken)).toBe(plainGit(root, 'rev-parse', 'HEAD'))
    // A person's settings lead elsewhere.
    await using other = await serveRepositories(folder, 'right')
    put('home/.gitconfig', `[url "${other.url}/"]\n\tinsteadOf = ${server.url}/\n`)
    expect(await rejectionOf(commitAt(given, withToken))).toMatchObject({
      remedy: 'correct repository and ref, or renew the token'
    })
  })

  test('is refused where Git LFS keeps what it ships', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`
    put('checkout/.gitattributes', '*.png filter=lfs diff=lfs merge=lfs -text\n')
    put('checkout/out/index.html', 'page\n')
    put('checkout/out/small.png', 'a picture\n')
    symlinkSync('/dev/stdin', join(root, 'out/link.png'))
    put('checkout/design/large.png', pointer)
    committed(root)
    await using server = await serveRepositories(folder, null)
    const cloned = async (marketing: object, name: string) =>
      clone({ ...sourcing({ marketing }), gitServer: server.url }, source, join(folder, name))
    await cloned({ output: 'out' }, 'one')
    for (const [name, marketing] of Object.entries({ two: {}, three: { output: 'out', build: ['true'] } }))
      expect(await rejectionOf(cloned(marketing, name))).toMatchObject({
        kind: 'source',
        message: 'Git LFS keeps "design/large.png", and is not asked for it',
        where: 'tenants/acme/tenant.yml, marketing.source.repository'
      })
  })
})
