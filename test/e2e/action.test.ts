import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headOf } from '../../src/head.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { credentials, runAction } from '../world/action.ts'
import { onHost, restore } from '../world/on-host.ts'
import { summaryStructure } from '../world/summary.ts'
import { hostListing, ROOT, tinyTenant, TINY, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const { repository } = world
const tenant = onHost(world, TINY)
const given = credentials(world)
const hostFile = join(repository.path, '.sandbox/host.json')
const hostText = readFileSync(hostFile, 'utf8')
let tiny: TinyTenant

const run = (inputs: Record<string, string>, env?: Record<string, string>) =>
  runAction(world, { ...given, tenant: TINY, ...inputs }, env === undefined ? {} : { env })

/** A deploy takes the lock, also where it then finds nothing to do. */
const withoutLock = async () => (await hostListing(world)).replace(/^.* \S+\/lock *\n/m, '')

beforeAll(async () => {
  // Whatever the action needs it gets by its inputs.
  writeFileSync(hostFile, JSON.stringify({ ...world.host, key_file: undefined, secrets_file: undefined }))
  tiny = tinyTenant(world)
  await tenant.forgetAll()
})

afterAll(() => {
  writeFileSync(hostFile, hostText)
  restore(world)
})

describe('deploy', () => {
  test('ships both lanes with the inputs alone, and says so in outputs and summary', async () => {
    const ran = await run({ command: 'deploy', lane: 'all' })
    expect([ran.code, ran.stderr, ran.annotations]).toEqual([0, '', []])
    const [app, marketing] = ran.report.lanes
    expect(ran.outputs).toMatchObject({
      changed: 'true',
      'files-changed': String(app!.files.created.length + marketing!.files.created.length),
      release: app!.release,
      url: world.url('booking.otherbrand.test')
    })
    // What is checked out ships, which may be newer than the commit that started the run.
    const commit = (await headOf(world.repository.path, { PATH: process.env['PATH'] ?? '' }))!
    expect(commit).not.toBe('3f9c2ab7d1e04c58b6a2f0e9d8c7b6a594837261')
    expect(app!.release).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-${commit.slice(0, 7)}$`))
    expect(ran.report).toMatchObject({
      by: 'octocat',
      commit,
      run: 'https://github.com/example/tenants/actions/runs/1234567890'
    })
    expect(ran.summary).toContain(app!.release)
    expect(ran.summary).toContain('server.mjs')
    expect(ran.summary).toContain('harbour.png')
    expect(ran.summary).toContain('(https://github.com/example/tenants/actions/runs/1234567890)')
    expect(JSON.parse((await world.visit(world.url('booking.otherbrand.test', '/api/health'))).text)).toEqual({
      release: ran.outputs['release']
    })
    expect((await world.visit(world.url('www.otherbrand.test'))).status).toBe(200)
  })

  test('masks the key and every secret before it says anything else', async () => {
    const ran = await run({ command: 'releases' })
    const secrets = JSON.parse(given['secrets']!) as Record<string, string>
    for (const value of Object.values(secrets)) expect(ran.masks).toContain(value)
    for (const line of given['ssh-key']!.trim().split('\n')) expect(ran.masks).toContain(line)
    expect(ran.summary).toContain('**live**')
    expect(ran.outputs).toMatchObject({ changed: 'false', 'files-changed': '0' })
  })

  test('a dry run shows what would ship, and changes nothing on the host', async () => {
    tiny.widget("console.log('widget 2')\n")
    repository.write(`${tiny.site}/new page.html`, 'new')
    const before = await hostListing(world)
    const live = await tenant.live()
    const ran = await run({ command: 'deploy', 'dry-run': 'true' })
    expect(ran.code).toBe(0)
    expect(ran.outputs).toMatchObject({ changed: 'true', 'files-changed': '2', release: live.current.app })
    expect(ran.summary).toContain('**Dry run: nothing was changed.**')
    expect(ran.summary).toMatch(/^\+ new page\.html$/m)
    expect(ran.summary).toMatch(/^! widget\.js$/m)
    expect(await hostListing(world)).toBe(before)
    expect(await tenant.live()).toEqual(live)
  })

  test('what the dry run has shown is what ships, and the committed example looks like its summary', async () => {
    const ran = await run({})
    expect(ran.code).toBe(0)
    expect(ran.report.lanes.map(({ files }) => [files.created, files.changed])).toEqual([
      [[], ['widget.js']],
      [['new page.html'], ['assets/booking.js']]
    ])
    const example = readFileSync(join(checkout, 'docs/examples/job-summary.md'), 'utf8')
    expect(summaryStructure(example)).toEqual(summaryStructure(ran.summary))
  })

  test('a second run has nothing to do', async () => {
    const before = await withoutLock()
    const ran = await run({})
    expect([ran.code, ran.outputs['changed'], ran.outputs['files-changed']]).toEqual([0, 'false', '0'])
    expect(ran.summary).toContain('nothing to do')
    expect(await withoutLock()).toBe(before)
  })

  test('a build that fails: exit code 2, one error, and the log’s tail in the summary', async () => {
    const before = await tenant.live()
    tiny.build(`console.log('::warning::not a command')\nthrow new Error('no such module: hero')`)
    const ran = await run({ lane: 'app' })
    tiny.build('')
    expect(ran.code).toBe(2)
    expect(ran.annotations).toHaveLength(1)
    expect(ran.annotations[0]).toMatch(
      /^::error title=otherbrand app%3A build failed::node build\.mjs ended with exit code 1/
    )
    expect(ran.summary).toContain('no such module: hero')
    expect(ran.summary).toContain('still serves')
    expect(ran.report.lanes[0]!.failure).toMatchObject({ kind: 'build' })
    expect(ran.outputs['changed']).toBe('false')
    expect(await tenant.live()).toEqual(before)
  })

  test('rollback goes back, with nothing more to type', async () => {
    const before = (await tenant.live()).current
    const ran = await run({ command: 'rollback' })
    expect(ran.code).toBe(0)
    expect(ran.outputs['changed']).toBe('true')
    expect(ran.outputs['release']).not.toBe(before.app)
    expect((await world.visit(world.url('booking.otherbrand.test', '/api/health'))).text).toContain(
      ran.outputs['release']
    )
    expect((await world.visit(world.url('www.otherbrand.test', '/new%20page.html'))).status).toBe(404)
  })
})

describe('check', () => {
  test('needs neither host nor key', async () => {
    const ran = await runAction(world, { command: 'check', tenant: TINY })
    expect([ran.code, ran.annotations]).toEqual([0, []])
    expect(ran.stdout).toContain('2 tenants on 1 host: no complaints')
  })

  test('annotates a manifest where it is wrong', async () => {
    tiny.manifest((text) => text.replace('  health: /api/health', '  helth: /api/health'))
    const line =
      repository
        .read('tenants/otherbrand/tenant.yml')
        .split('\n')
        .findIndex((text) => text.includes('helth:')) + 1
    const ran = await runAction(world, { command: 'check', tenant: TINY })
    tiny.manifest((text) => text)
    expect(ran.code).toBe(64)
    expect(ran.annotations).toHaveLength(1)
    expect(ran.annotations[0]).toContain(`file=tenants/otherbrand/tenant.yml,line=${line},col=3`)
    expect(ran.annotations[0]).toContain('health')
  })
})

describe('inputs that can’t be used: one error that says what to do, and exit code 64', () => {
  const secret = 'super-secret-value-1'
  test.each([
    [
      'an unknown command',
      { command: 'depoly' },
      /the input command is "depoly".*use one of: provision, deploy, rollback/
    ],
    ['an unknown lane', { lane: 'web' }, /the input lane is "web".*use one of: marketing, app, all/],
    ['a dry-run that is neither', { 'dry-run': 'maybe' }, /the input dry-run is "maybe"/],
    ['no tenant', { tenant: '' }, /the input tenant is missing/],
    ['a tenant that is not there', { tenant: 'otherbrnd' }, /otherbrnd.*otherbrand/],
    ['a tenant that is a path', { tenant: '../../etc' }, /\.\.\/\.\.\/etc/],
    ['secrets that are not JSON', { secrets: `{"A": "${secret}"` }, /the text with the secrets is not valid JSON/],
    ['secrets that are a list', { secrets: `["${secret}"]` }, /not a JSON object/],
    [
      'secrets that lack one',
      { secrets: '{"A": "b-long-enough"}' },
      /these secrets are not set: OTHERBRAND_DATABASE_PASSWORD, OTHERBRAND_SESSION_SECRET/
    ],
    ['a key that is none', { 'ssh-key': secret }, /the SSH key is not a private key/],
    ['no key', { 'ssh-key': '' }, /there is no SSH key to connect with/]
  ])('%s', async (_name, inputs, message) => {
    const ran = await run(inputs)
    expect(ran.code).toBe(64)
    expect(ran.annotations).toHaveLength(1)
    expect(ran.annotations[0]).toMatch(/^::error /)
    expect(ran.annotations[0]!.replaceAll('%0A', ' ')).toMatch(message)
    const said = ran.stdout + ran.stderr + ran.summary + JSON.stringify(ran.outputs)
    expect(said).not.toContain(secret)
    expect(said).not.toMatch(/^ +at .*(\.ts|\.js|node:)/m)
    expect((await world.exec(['test', '-e', `${ROOT}/app/current`])).code).toBe(0)
  })
})
