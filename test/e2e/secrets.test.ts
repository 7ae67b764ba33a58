import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { credentials, runAction, type ActionRun } from '../world/action.ts'
import { gitServer, type GitServer } from '../world/git-server.ts'
import { leaksIn, watchForLeaks, type Watch } from '../world/leaks.ts'
import { onHost, restore } from '../world/on-host.ts'
import { ROOT, tinyTenant, TINY, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'
import type { Ran } from '../world/world.ts'

const world = await cloned()
const tenant = onHost(world, TINY)
const given = JSON.parse(readFileSync(world.host.secrets_file, 'utf8')) as Record<string, string>
const secrets = {
  ...given,
  OTHERBRAND_SESSION_SECRET: `first "line" of it's $HOME %41 secret\nsecond & <line> with \u00e9t\u00e9 #9`,
  OTHERBRAND_SITE_TOKEN: 'ghs_0123456789+abcdef/ghijklmnop=='
}
const key = readFileSync(world.host.key_file, 'utf8')
/** Everything that must be seen nowhere. */
const hidden = { ...secrets, key: key.split('\n').slice(1, -2).join('\n') }
let tiny: TinyTenant
let server: GitServer

const environment = () => ({
  TENANT_SECRETS: JSON.stringify(secrets),
  TENANT_SSH_KEY: key,
  GITHUB_SERVER_URL: server.url
})
const deployByCommand = (...words: string[]) => world.tenant(['deploy', TINY, 'all', ...words], { env: environment() })
const deployByAction = (started?: (temporary: string) => void) =>
  runAction(
    world,
    { ...credentials(world), tenant: TINY, secrets: JSON.stringify(secrets) },
    { env: { GITHUB_SERVER_URL: server.url }, ...(started === undefined ? {} : { started }) }
  )
const saidBy = (ran: Ran) => ran.stdout + ran.stderr
const saidByAction = ({ stdout, stderr, summary, outputs }: ActionRun) =>
  [stdout, stderr, summary, ...Object.values(outputs)].join('\n')

/** What of the secrets stands in any file of the tenant or of nginx, but for the one file that is for them. */
async function leaksOnHost(): Promise<string[]> {
  const all = await tenant.must([
    'sh',
    '-c',
    `find ${ROOT} /etc/nginx/tenants.d /home/deploy /var/log/nginx -type f ! -name .env.local -print0 | xargs -0 cat`
  ])
  return leaksIn(all, hidden)
}

beforeAll(async () => {
  tiny = tinyTenant(world)
  await tenant.forgetAll()
  server = await gitServer('other-brand/website', secrets.OTHERBRAND_SITE_TOKEN)
  server.commit({
    'index.html': '<h1>Cloned</h1>',
    'build.mjs': `import { mkdirSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
const environment = (process) => {
  try {
    return readFileSync('/proc/' + process + '/environ', 'utf8')
  } catch {
    return ''
  }
}
mkdirSync('out')
copyFileSync('index.html', 'out/index.html')
const all = [...readdirSync('/proc'), String(process.ppid)].map(environment)
writeFileSync('out/environment.txt', all.join('\\n'))`
  })
  tiny.manifest((text) =>
    text
      .replace(
        `source: ${tiny.site}`,
        'source:\n    repository: other-brand/website\n    ref: main\n    token: OTHERBRAND_SITE_TOKEN\n  build: node build.mjs\n  output: out'
      )
      .replace(/  assets:\n.*\n/, '')
  )
})

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  restore(world)
})

test('the search finds a secret in each form that it looks for', () => {
  for (const [name, value] of Object.entries(hidden)) {
    const base64 = Buffer.from(value).toString('base64')
    for (const text of [value, `a=${encodeURIComponent(value)}&b`, JSON.stringify({ value }), `Basic ${base64}`])
      expect(leaksIn(text, hidden)).toContain(name)
  }
  expect(leaksIn('nothing here', hidden)).toEqual([])
})

describe('while both lanes ship, and after', () => {
  let ran: ActionRun
  let seen: ReturnType<Watch['stop']>

  beforeAll(async () => {
    let watch: Watch | undefined
    ran = await deployByAction((temporary) => (watch = watchForLeaks(hidden, temporary)))
    seen = watch!.stop()
    expect([ran.code, ran.annotations]).toEqual([0, []])
  })

  test('no secret stands in a process list or in a temporary file', () => {
    expect(seen.leaks).toEqual([])
    // It did look at the machine and at the host.
    for (const program of ['git', 'rsync', 'build.mjs', 'server.mjs', 'sshd'])
      expect([...seen.commandLines].filter((line) => line.includes(program))).not.toEqual([])
  })

  test('none is said in log, summary, outputs or report', () => expect(leaksIn(saidByAction(ran), hidden)).toEqual([]))

  test('none is on the host outside .env.local, which only the tenant can read', async () => {
    expect(await leaksOnHost()).toEqual([])
    const [dump, ...files] = (
      await tenant.must([
        'sh',
        '-c',
        `cat ${ROOT}/pm2/dump.pm2 | wc -c; find ${ROOT} -name .env.local -printf '%m %u %p\\n'`
      ])
    )
      .trim()
      .split('\n')
    expect(Number(dump)).toBeGreaterThan(100)
    expect(files).toEqual([`600 tenant-${TINY} ${ROOT}/app/releases/${ran.outputs['release']}/.env.local`])
    expect((await world.exec(['cat', `${ROOT}/app/current/.env.local`], { as: 'tenant-yourbrand' })).code).not.toBe(0)
  })

  test('none is in the environment of the process, which the app reads from its file', async () => {
    const [{ pid } = { pid: 0 }] = (await tenant.live()).processes
    expect(leaksIn(await tenant.must(['cat', `/proc/${pid}/environ`]), hidden)).toEqual([])
  })

  test('none is in an environment that the build of the site can read', async () => {
    const { status, text } = await world.visit(world.url('www.otherbrand.test', '/environment.txt'))
    expect(status).toBe(200)
    expect(text).toContain('PATH')
    expect(leaksIn(text, hidden)).toEqual([])
  })
})

test.each([[[]], [['--json']], [['--verbose']], [['--dry-run', '--json']]])(
  'the command with %j says none of them',
  async (words) => {
    tiny.build(`// ${JSON.stringify(words)}`)
    const ran = await deployByCommand(...words)
    expect(ran.code).toBe(0)
    expect(leaksIn(saidBy(ran), hidden)).toEqual([])
  }
)

describe('a program of the tenant’s that prints its secrets itself', () => {
  test('a build that fails: what it printed is shown without them', async () => {
    tiny.build(`console.log(readFileSync('.env.local', 'utf8'))\nthrow new Error('the build is broken')`)
    const ran = await deployByCommand('--verbose', '--json')
    expect(ran.code).toBe(2)
    expect(ran.lane('app').failure?.log).toContain('the build is broken')
    expect(ran.lane('app').failure?.log).toContain('DATABASE_URL=')
    expect(leaksIn(saidBy(ran), hidden)).toEqual([])
    const action = await deployByAction()
    expect(action.summary).toContain('the build is broken')
    expect(leaksIn(saidByAction(action), hidden)).toEqual([])
  })

  test('an app that does not start: its log is shown without them', async () => {
    tiny.build('// Fine again')
    const serverFile = `${tiny.app}/server.mjs`
    world.repository.write(
      serverFile,
      `import { readFileSync } from 'node:fs'\nconsole.error(readFileSync('.env.local', 'utf8'))\nthrow new Error('can not start')\n`
    )
    const ran = await deployByCommand('--json')
    expect(ran.code).toBe(2)
    expect(ran.lane('app').failure?.log).toContain('can not start')
    expect(leaksIn(saidBy(ran), hidden)).toEqual([])
  })
})
