import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mergePullRequest } from '../github/emulated.ts'
import { onGitHub } from '../github/world.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { pullRequestEvent } from '../unit/github/preview/event.ts'
import { credentials, runAction, type ActionRun } from '../world/action.ts'
import { hostListing } from '../world/host-state.ts'
import { edit, onHost, restore } from '../world/on-host.ts'
import { onGithub, pullRequests } from '../world/pull-request.ts'
import { commentStructure } from '../world/summary.ts'
import { ROOT, tinyTenant, TINY, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const { repository } = world
const tenant = onHost(world, TINY)
const given = credentials(world)
const folder = mkdtempSync(join(tmpdir(), 'tenant-preview-'))
const hostFile = join(repository.path, '.sandbox/host.json')
const hostText = readFileSync(hostFile, 'utf8')
const git = (...words: string[]) => execFileSync('git', ['-C', repository.path, ...words], { encoding: 'utf8' }).trim()
const first = git('rev-parse', 'HEAD')
const MANIFEST = `tenants/${TINY}/tenant.yml`
let tiny: TinyTenant

onGitHub()

const pull = pullRequests(world, TINY)

/** The comment that the last job has written, and the number of its pull request. */
async function commented(name: string): Promise<{ number: number; body: string }> {
  const { ran, number, bodies } = await pull.comment(name, git('rev-parse', 'HEAD'))
  expect([ran.code, ran.annotations, ran.stderr, bodies.length]).toEqual([0, [], '', 1])
  const [body] = bodies
  // The same stands in the job summary.
  expect(ran.summary).toContain(body!.split('\n').find((line) => line.includes('🔍'))!)
  return { number, body: body! }
}

/** A deploy on the push that merged it. */
async function shipped(number: number): Promise<ActionRun> {
  const env = onGithub({ GITHUB_SHA: await mergePullRequest(number) })
  return runAction(world, { ...given, tenant: TINY, 'github-token': 'robot' }, { env })
}

beforeAll(async () => {
  // Whatever the action needs it gets by its inputs.
  writeFileSync(hostFile, JSON.stringify({ ...world.host, key_file: undefined, secrets_file: undefined }))
  tiny = tinyTenant(world)
  await tenant.forgetAll()
  repository.commit('A tiny app')
  const { code, stdout } = await runAction(world, { ...given, tenant: TINY })
  if (code !== 0) throw new Error(stdout)
  cpSync(repository.path, join(folder, 'base'), { recursive: true })
})

afterAll(() => {
  pull[Symbol.dispose]()
  writeFileSync(hostFile, hostText)
  rmSync(folder, { recursive: true })
  git('reset', '--quiet', '--hard', first)
  restore(world)
})

const sql = 'create table bookings (id int primary key);\n'

test('shows the exact difference and changes nothing, byte for byte; and then that is what ships', async () => {
  tiny.widget("console.log('widget 2')\n")
  repository.write(`${tiny.site}/new page.html`, 'new')
  repository.remove(`${tiny.site}/prices.html`)
  repository.write(`${tiny.app}/migrations/0001_bookings.sql`, sql)
  edit(world, MANIFEST, '  health: /api/health', '  health: /api/health\n  body_limit: 20m')
  edit(world, MANIFEST, '  env:\n', '  env:\n    SEASON: winter\n')
  repository.commit('A change of everything')
  const before = await hostListing(world)
  const { ran, left, file } = await pull.preview('one', { base: join(folder, 'base') })
  expect(await hostListing(world)).toBe(before)

  expect([ran.code, ran.annotations, ran.stderr]).toEqual([0, [], ''])
  expect(ran.outputs).toMatchObject({ changed: 'true', preview: file })
  expect(left).toMatchObject({ tenant: TINY, lanes: ['app', 'marketing'], compared: 'host', note: null })
  const [app, marketing] = left.report.lanes
  expect(app).toMatchObject({
    files: { created: ['migrations/0001_bookings.sql'], changed: ['widget.js'], deleted: [] },
    env: { added: ['SEASON'], changed: [], removed: [] },
    migrations: { pending: ['0001_bookings.sql'], sql: [{ name: '0001_bookings.sql', sql, bytes: sql.length }] },
    restarts: true,
    uncompared: null
  })
  expect(marketing!.files).toMatchObject({ created: ['new page.html'], changed: [], deleted: ['prices.html'] })
  const secrets = Object.values(JSON.parse(given['secrets']!) as Record<string, string>)
  for (const secret of secrets) expect(JSON.stringify(left) + ran.summary).not.toContain(secret)

  const { number, body } = await commented('one')
  for (const part of [
    `| 🔍 | <code>${TINY}</code> | app | 1 | 1 | 0 |`,
    `| 🔍 | <code>${TINY}</code> | marketing | 1 | 0 | 1 |`,
    '| changes | 1 pending | yes | environment: 1 name |',
    '+ new page.html\n- prices.html',
    '-  client_max_body_size 10m;\n+  client_max_body_size 20m;',
    `\`\`\`sql\n${sql}\`\`\``,
    'added <code>SEASON</code>'
  ])
    expect(body).toContain(part)

  const example = readFileSync(join(checkout, 'docs/examples/pull-request-comment.md'), 'utf8')
  expect(commentStructure(example)).toEqual(commentStructure(body))

  const deployed = await shipped(number)
  expect([deployed.code, deployed.annotations]).toEqual([0, []])
  expect(deployed.summary).toMatch(/✅ \*\*Shipped what was reviewed in \[#\d+\]\(/)
  expect(deployed.stdout).toContain(`Shipped what was reviewed in #${number}.`)
  expect(deployed.report.review).toMatchObject({
    pullRequest: number,
    lanes: [
      { lane: 'app', verdict: 'same' },
      { lane: 'marketing', verdict: 'same' }
    ]
  })
})

test('says what differs: the host was tampered with, and another commit came between', async () => {
  repository.write(`${tiny.site}/new page.html`, 'newer')
  repository.commit('A newer page')
  await pull.preview('two')
  const { number } = await commented('two')
  await tenant.must(['sh', '-c', 'echo by-hand >>"$1"', 'sh', `${ROOT}/marketing/current/index.html`])
  repository.write(`${tiny.app}/widget.js`, "console.log('widget 3')\n")
  repository.commit('Somebody else')
  const deployed = await shipped(number)
  expect(deployed.code).toBe(0)
  expect(deployed.report.review).toMatchObject({
    pullRequest: number,
    lanes: [
      { lane: 'app', verdict: 'differs', parts: ['files'], paths: [`${tiny.app}/widget.js`], morePaths: 0 },
      { lane: 'marketing', verdict: 'differs', parts: ['host'] }
    ]
  })
  expect(deployed.summary).toMatch(/⚠️ \*\*What shipped is not what was reviewed in \[#\d+\]\(/)
  expect(deployed.summary).toContain('- marketing: the host changed since')
  expect(deployed.summary).toContain('- app: its files are not what was reviewed: other commits came between')
})

test('a commit without a pull request, and a GitHub that does not answer, fail no deploy', async () => {
  const alone = await runAction(world, { ...given, tenant: TINY, 'github-token': 'robot' }, { env: onGithub() })
  expect(alone.code).toBe(0)
  expect(alone.summary).toContain('This commit came without a pull request')
  const silent = await runAction(
    world,
    { ...given, tenant: TINY, 'github-token': 'robot' },
    { env: onGithub({ GITHUB_API_URL: 'http://127.0.0.1:9' }) }
  )
  expect(silent.code).toBe(0)
  expect(silent.annotations).toEqual([
    expect.stringMatching(/^::warning title=Review::not compared with what was reviewed/)
  ])
})

test('builds nothing of a pull request, and says so', async () => {
  const site = 'marketing:\n'
  edit(world, MANIFEST, site, `${site}  build: touch /tmp/preview-has-built\n`)
  const { ran, left } = await pull.preview('three', { lane: 'marketing' })
  expect(ran.code).toBe(0)
  const [marketing] = left.report.lanes
  expect(marketing).toMatchObject({ changed: true, files: { created: [], changed: [], deleted: [] } })
  expect(marketing!.uncompared).toMatch(
    /its source is another than that of the live release, and its files were not compared/
  )
  expect(ran.summary).toContain('| ? | ? | ? | ? |')
  expect(execFileSync('ls', ['/tmp'], { encoding: 'utf8' })).not.toContain('preview-has-built')
  git('checkout', '--quiet', '--', '.')
})

test('without a key compares with the base, and says so at the top', async () => {
  repository.write(`${tiny.site}/fork.html`, 'from a fork')
  const { ran, left } = await pull.preview('four', { 'ssh-key': '', secrets: '', base: join(folder, 'base') })
  expect([ran.code, ran.annotations]).toEqual([0, []])
  expect(left.compared).toBe('base')
  expect(left.report.lanes.find(({ lane }) => lane === 'marketing')!.files.created).toContain('fork.html')
  expect(ran.summary).toContain('**This is a comparison with the base of the pull request, and not with what is live**')
  const nothing = await pull.preview('four', { 'ssh-key': '', secrets: '' })
  expect(nothing.ran.code).toBe(64)
  expect(nothing.ran.annotations[0]).toContain('a preview needs the input look-key or ssh-key, or the input base')
  repository.remove(`${tiny.site}/fork.html`)
})

test('sends no secret to a host that only the pull request names', async () => {
  const host = 'tenants/hosts/sandbox.yml'
  repository.write(host, `${repository.read(host)}\n# elsewhere\n`)
  const { ran, left } = await pull.preview('five', { base: join(folder, 'base') })
  git('checkout', '--quiet', '--', host)
  expect(ran.code).toBe(0)
  expect(left.compared).toBe('base')
  expect(left.note).toContain('tenants/hosts/sandbox.yml is another than in the base: no secret is sent')
})

test.each<[string, Record<string, string>, RegExp]>([
  [
    'without the base of its pull request',
    { preview: '/tmp/never-written.json' },
    /the input base is missing: a preview of a pull request needs it/
  ],
  [
    'into a folder that can not be made',
    { preview: join(folder, 'event.json/a.json'), base: join(folder, 'base'), lane: 'marketing' },
    /the preview can't be written: (?:EEXIST|ENOTDIR)/
  ],
  ['of a lane that the tenant has not', { lane: 'web', base: join(folder, 'base') }, /the input lane is "web"/]
])('%s it ends with one error and exit code 64', async (_what, inputs, message) => {
  const event = join(folder, 'event.json')
  writeFileSync(event, JSON.stringify(pullRequestEvent()))
  const env = onGithub({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event })
  const ran = await runAction(world, { ...given, command: 'preview', tenant: TINY, ...inputs }, { env })
  expect([ran.code, ran.annotations.length]).toEqual([64, 1])
  expect(ran.annotations[0]!.replaceAll('%0A', ' ')).toMatch(message)
})
