import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gitServer, type GitServer } from '../world/git-server.ts'
import { leaksIn, watchForLeaks } from '../world/leaks.ts'
import { onHost, restore } from '../world/on-host.ts'
import { tinyTenant, TINY, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const { repository, host } = world
let tiny: TinyTenant

const page = (path: string) => world.visit(world.url('www.otherbrand.test', path))
const source = (lines: string) =>
  tiny.manifest((text) => text.replace(`source: ${tiny.site}`, lines).replace(/  assets:\n.*\n/, ''))
const deploy = (env: Record<string, string> = {}) =>
  world.tenant(['deploy', TINY, 'marketing', '--json', '--verbose'], { env })

beforeAll(async () => {
  tiny = tinyTenant(world)
  await onHost(world, TINY).forgetAll()
  const ran = await world.tenant(['deploy', TINY, 'all', '--json'])
  expect(ran.report).toMatchObject({ exitCode: 0 })
})

afterAll(() => restore(world))

describe('a site that is built', () => {
  const folder = 'test/built-site'

  beforeAll(() => {
    source(`source: ${folder}\n  build: node build.mjs\n  output: out/public`)
    repository.write(`${folder}/page.txt`, 'Built page')
    repository.write(`${folder}/.gitignore`, 'out/\nlocal.txt\n')
    repository.write(`${folder}/out/public/stale.html`, 'built here once, and ignored by git')
    repository.write(`${folder}/local.txt`, 'ignored too')
  })

  afterAll(() => repository.remove(folder))

  test('ships what the build makes, and only that', async () => {
    repository.write(
      `${folder}/build.mjs`,
      `import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
mkdirSync('out/public', { recursive: true })
writeFileSync('out/public/index.html', readFileSync('page.txt'))
writeFileSync('out/public/seen.txt', String(existsSync('local.txt')))
`
    )
    const ran = await deploy()
    expect(ran.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
    expect((await page('/')).text).toBe('Built page')
    expect((await page('/seen.txt')).text).toBe('false')
    expect((await page('/assets/booking.js')).status).toBe(200)
    for (const path of ['/page.txt', '/build.mjs', '/prices.html', '/stale.html'])
      expect([path, (await page(path)).status]).toEqual([path, 404])
    expect((await deploy()).report.outcome).toBe('unchanged')
  })

  test('a build that fails leaves the site as it was, and its log says why', async () => {
    repository.write(`${folder}/build.mjs`, `console.log('compiling')\nthrow new Error('no such component: Hero')\n`)
    const ran = await deploy()
    expect(ran.code).toBe(2)
    expect(ran.lane('marketing').failure).toMatchObject({ kind: 'build', step: 'source' })
    expect(ran.lane('marketing').failure?.log).toMatch(/compiling[^]*no such component: Hero/)
    expect((await page('/')).text).toBe('Built page')
  })

  test('a build that makes nothing, or not the folder that was named, ships nothing', async () => {
    repository.write(`${folder}/build.mjs`, '')
    expect((await deploy()).lane('marketing').failure?.message).toContain('there is no such folder')
    repository.write(
      `${folder}/build.mjs`,
      `import { mkdirSync } from 'node:fs'\nmkdirSync('out/public', { recursive: true })`
    )
    const ran = await deploy()
    expect(ran.code).toBe(2)
    expect(ran.lane('marketing').failure?.message).toContain('there is nothing to ship')
    expect((await page('/')).text).toBe('Built page')
  })
})

describe('a site that is cloned', () => {
  const token = 'ghs_Right/Token+0123456789abcdef='
  const given = JSON.parse(readFileSync(host.secrets_file, 'utf8')) as Record<string, string>
  let server: GitServer
  let commit: string

  const withToken = (value: string | null) => ({
    GITHUB_SERVER_URL: server.url,
    TENANT_SECRETS: JSON.stringify(value === null ? given : { ...given, OTHERBRAND_SITE_TOKEN: value })
  })
  const cloned = (ref: string, withSecret = true) =>
    source(
      `source:\n    repository: other-brand/website\n    ref: ${ref}${withSecret ? '\n    token: OTHERBRAND_SITE_TOKEN' : ''}`
    )

  beforeAll(async () => {
    server = await gitServer('other-brand/website', token)
    server.commit({ 'index.html': 'Cloned page', 'about us.html': 'About', 'old.html': 'Old' })
    commit = server.commit({ 'index.html': 'Cloned page 2' })
  })

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })

  test('ships the repository at its ref, and records its commit; the token is in no process list', async () => {
    cloned('main')
    const watch = watchForLeaks({ token }, null)
    const ran = await deploy(withToken(token))
    const { leaks, commandLines } = watch.stop()
    expect(ran.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
    expect((await page('/')).text).toBe('Cloned page 2')
    expect((await page('/about%20us.html')).text).toBe('About')
    expect((await page('/.git/config')).status).toBe(404)
    expect(ran.lane('marketing').files.created).toEqual(['about us.html', 'old.html'])
    const { report } = await world.tenant(['releases', TINY, 'marketing', '--json'])
    expect(report.releases[0]).toMatchObject({ state: 'live', commit })
    expect(leaks).toEqual([])
    expect([...commandLines].some((line) => line.includes('fetch'))).toBe(true)
    expect((await deploy(withToken(token))).report.outcome).toBe('unchanged')
  })

  test.each([
    ['a wrong token', () => withToken('ghs_Wrong/Token+0123456789abcdef='), 'renew the token', 2],
    ['a token that was not handed over', () => withToken(null), 'add OTHERBRAND_SITE_TOKEN to the secrets', 64]
  ])('%s is a clear error that does not show it', async (_name, env, remedy, code) => {
    const ran = await deploy(env())
    expect(ran.code).toBe(code)
    expect(ran.lane('marketing').failure?.remedy).toContain(remedy)
    expect(leaksIn(ran.stdout + ran.stderr, { token, wrong: 'ghs_Wrong/Token+0123456789abcdef=' })).toEqual([])
    expect((await page('/')).text).toBe('Cloned page 2')
  })

  test('a private repository without a token asks for nothing at a prompt, and says what it needs', async () => {
    cloned('main', false)
    const ran = await deploy(withToken(token))
    expect(ran.code).toBe(2)
    expect(ran.lane('marketing').failure?.remedy).toContain('a private repository needs a token')
  })

  test('a ref that is not there is named', async () => {
    cloned('no-such-branch')
    const ran = await deploy(withToken(token))
    expect(ran.code).toBe(2)
    expect(ran.lane('marketing').failure?.message).toContain(
      `clone ${server.url}/other-brand/website.git at no-such-branch`
    )
    expect(ran.lane('marketing').failure?.log).toContain("couldn't find remote ref no-such-branch")
    expect((await page('/')).text).toBe('Cloned page 2')
  })

  test('a single commit can be named as the ref', async () => {
    cloned(commit)
    server.commit({ 'index.html': 'Cloned page 3' })
    expect((await deploy(withToken(token))).report.outcome).toBe('unchanged')
  })
})
