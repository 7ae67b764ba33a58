import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { somePorts } from '../world/ports.ts'
import { anotherHost, type AnotherHost } from '../world/another-host.ts'
import { holdersDuring, holdersNow } from '../world/environment-watch.ts'
import { freshManifest, freshSite, secretNames } from '../world/fresh-tenant.ts'
import { hostListing } from '../world/host-state.ts'
import { onHost, type OnHost } from '../world/on-host.ts'
import { repositoryAt, type Repository } from '../world/repository.ts'
import { caOf, localHost, selfHostedRunner, type Runner } from '../world/runner.ts'
import { tinyApp, writeTinyApp } from '../world/tiny-app.ts'
import { cloned } from '../world/cloned.ts'
import type { Ran, World } from '../world/world.ts'

/** A host that nobody reaches over SSH: the committed bundles run on it, as a self-hosted runner runs them. */
const shared = await cloned()
const HOST_FILE = 'tenants/hosts/premises.yml'
/** Stands in every secret, and in every token that a runner or a workflow keeps in the environment. */
const [SECRET, TOKEN] = [`secret-${randomUUID()}`, `token-${randomUUID()}`]

const must = ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) =>
  expect(code, stdout + stderr).toBe(0)

/** Each account's own environment, as its programs see it. */
const DUMPS = {
  'install.mjs': `import { writeFileSync } from 'node:fs'
writeFileSync('environment-of-install.json', JSON.stringify(process.env))
`,
  'build.mjs': `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
writeFileSync('environment-of-build.json', JSON.stringify(process.env))
mkdirSync('public/widget', { recursive: true })
writeFileSync('public/widget/booking.js', readFileSync('widget.js'))
`,
  'package.json': JSON.stringify({
    name: 'tiny-app',
    version: '1.0.0',
    private: true,
    scripts: { preinstall: 'node install.mjs', build: 'node build.mjs' }
  })
}

async function refused(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

describe('on premises', () => {
  let host: AnotherHost
  let world: World

  beforeAll(async () => {
    host = await anotherHost(shared, 'premises')
    world = host.world
    const script = `systemctl disable --quiet --now ssh
echo 'Defaults logfile=/var/log/sudo.log, loglinelen=0' >/etc/sudoers.d/logged`
    must(await world.exec(['sh', '-ec', script]))
  })

  afterAll(() => host?.[Symbol.asyncDispose]())

  describe.each([
    ['deploy', 'quay', 'sudo'],
    ['root', 'pier', 'root']
  ] as const)('a runner that runs as %s', (account, name, privilege) => {
    const folder = mkdtempSync(join(tmpdir(), 'tenant-premises-'))
    const repository: Repository = repositoryAt(folder)
    const secrets = JSON.stringify({
      [secretNames(name).password]: `${SECRET} of "the" role`,
      [secretNames(name).session]: `${SECRET} of the session`
    })
    const environment = {
      TENANT_SECRETS: secrets,
      TENANT_SSH_KEY: SECRET,
      GITHUB_TOKEN: TOKEN,
      ACTIONS_RUNTIME_TOKEN: TOKEN,
      NPM_TOKEN: TOKEN
    }
    let runner: Runner
    let tenant: OnHost

    const run = (words: string[]): Promise<Ran> => runner.tenant([...words, '--json'], { env: environment })
    const action = (inputs: Record<string, string>) =>
      runner.action(
        { tenant: name, secrets, ...inputs },
        { env: { GITHUB_TOKEN: TOKEN, ACTIONS_RUNTIME_TOKEN: TOKEN } }
      )
    const visit = (path: string) => world.visit(world.url(`booking.${name}.test`, path))
    const visible = async () => (JSON.parse((await visit('/api/health')).text) as { release: string }).release
    const bookings = async () => (await visit('/api/bookings')).text.trim()
    const environ = (file: string) => tenant.must(['cat', `/srv/tenants/${name}/app/current/${file}`])
    /** Without the locks, which are touched as they are taken. */
    const listing = async () => (await hostListing(world)).replaceAll(/.* \/srv\/tenants\/\w+\/lock \n/g, '')
    /** How many of our commands the account handed to sudo. */
    const bySudo = async () => {
      const log = await tenant.must(['cat', '/var/log/sudo.log'])
      return log.split('\n').filter((line) => new RegExp(`: ${account} : .*COMMAND=.*IFS= read`).test(line)).length
    }

    beforeAll(async () => {
      writeTinyApp(repository)
      for (const [file, text] of Object.entries(DUMPS)) repository.write(`${tinyApp}/${file}`, text)
      repository.write(`tenants/${name}/tenant.yml`, freshManifest(name, 'premises', await somePorts(2)))
      repository.write(`test/${name}-site/index.html`, freshSite(name))
      repository.write('authorities.pem', caOf(world))
      repository.write(HOST_FILE, localHost(world, 'premises', account, 'authorities.pem'))
      runner = await selfHostedRunner(world, account, folder)
      tenant = onHost(world, name)
    })

    afterAll(async () => {
      await runner?.dispose()
      rmSync(folder, { recursive: true })
    })

    test('provision makes everything, and a second one finds nothing to do', async () => {
      const first = await run(['provision', name])
      must(first)
      expect(first.report).toMatchObject({ host: 'premises', outcome: 'changed', provision: { failure: null } })
      const made = first.report.provision!.changes.map(({ address }) => address)
      expect(made).toEqual(expect.arrayContaining(['host.folders', 'account', 'database.role', 'app.site', 'boot']))
      expect(first.report.provision!.warnings).toEqual([])
      const before = await listing()
      const second = await run(['provision', name])
      must(second)
      expect(second.report).toMatchObject({ outcome: 'unchanged', changed: false, provision: { changes: [] } })
      expect(await listing()).toBe(before)
    })

    describe('deploy', () => {
      let ran: Ran
      let holders: string[]

      beforeAll(async () => {
        holders = await holdersDuring(world, [SECRET, TOKEN], async () => {
          ran = await run(['deploy', name, 'all'])
        })
      })

      test('ships both lanes, and visitors see them', async () => {
        must(ran)
        expect(ran.report).toMatchObject({ host: 'premises', outcome: 'changed' })
        expect(await visible()).toBe(ran.lane('app').release)
        expect((await visit('/')).text).toContain('A tiny app')
        expect((await world.visit(world.url(`www.${name}.test`))).text).toContain(`This is ${name}`)
      })

      test('asked through its own nginx, by the host file’s address and authority, what visitors see', () => {
        for (const lane of ['app', 'marketing'] as const) {
          const { probes, warnings } = ran.lane(lane)
          expect(warnings).toEqual([])
          const asked = probes.filter(({ url }) => url.startsWith('https://'))
          expect(asked.map(({ ok }) => ok)).not.toEqual([])
          expect(asked.filter(({ ok }) => !ok)).toEqual([])
        }
      })

      test('hands no secret and no token to what it started, neither then nor after', async () => {
        const itself = `${account} node ${runner.program}/dist/cli/index.js deploy ${name} all --json`
        expect(holders).toContain(`secret ${itself}`)
        expect(holders.filter((line) => line.startsWith('secret') && line !== `secret ${itself}`)).toEqual([])
        // git and rsync run beside the program, as its own account; nothing that the connection started does.
        const beside = new RegExp(
          `^token ${account} (${itself.slice(account.length + 1)}|(\\S*/)?(env|git|rsync|node \\S*/relay.cjs)\\b)`
        )
        expect(holders.filter((line) => line.startsWith('token') && !beside.test(line))).toEqual([])
        expect(await holdersNow(world, [SECRET, TOKEN])).toEqual([])
      })

      test('install, build and app see an environment of their own', async () => {
        const [pid] = (await tenant.live()).processes.map((process) => process.pid)
        const seen = {
          install: Object.entries(JSON.parse(await environ('environment-of-install.json')) as Record<string, string>),
          build: Object.entries(JSON.parse(await environ('environment-of-build.json')) as Record<string, string>),
          app: (await tenant.must(['cat', `/proc/${pid}/environ`])).split('\0').map((pair) => pair.split('='))
        }
        for (const [who, pairs] of Object.entries(seen)) {
          const names = pairs.map(([variable]) => variable)
          expect(names, who).toContain('RELEASE_ID')
          // By RUNNER_TRACKING_ID a runner finds, and ends, what a job leaves behind.
          expect(
            names.filter((variable) => /^(GITHUB|ACTIONS|RUNNER|TENANT|INPUT|NPM)_/.test(variable!)),
            who
          ).toEqual([])
          expect(pairs.find(([variable]) => variable === 'HOME')?.[1], who).toBe(`/srv/tenants/${name}`)
        }
      })

      test('once more, nothing differs', async () => {
        const before = await tenant.live()
        const again = await run(['deploy', name, 'all'])
        must(again)
        expect(again.report).toMatchObject({ outcome: 'unchanged', changed: false })
        expect(await tenant.live()).toEqual(before)
      })
    })

    test('a change is shipped, taken back, and both releases are listed', async () => {
      const first = await visible()
      await runner.write(`${tinyApp}/page.html`, '<h1>Open in winter</h1>')
      const changed = await run(['deploy', name, 'app'])
      must(changed)
      expect((await visit('/')).text).toContain('Open in winter')
      const back = await run(['rollback', name, 'app'])
      must(back)
      expect((await visit('/')).text).toContain('A tiny app')
      expect(await visible()).toBe(first)
      const { report } = await run(['releases', name, 'app'])
      expect(report.releases.map(({ id, state }) => [id, state])).toEqual([
        [changed.lane('app').release, 'rolled back'],
        [first, 'live']
      ])
    })

    test('a backup is made, kept beside as a file, and restored from either', async () => {
      await tenant.sql('INSERT INTO bookings VALUES (1), (2), (3)')
      const file = `${runner.repository}/../${name}.dump`
      const backup = await run(['backup', name, '--output', file])
      must(backup)
      const id = backup.report.backup!.made!.id
      expect((await run(['backups', name])).report.backups.map((line) => line.id)).toEqual([id])
      for (const from of [id, file]) {
        await tenant.sql('DELETE FROM bookings WHERE id > 1')
        expect(await bookings()).toBe('1')
        const restored = await run(['restore', name, from])
        must(restored)
        expect(restored.report.restore).toMatchObject({ database: name, warnings: [], failure: null })
        expect(await bookings()).toBe('3')
      }
      const dry = await run(['provision', name, '--dry-run'])
      must(dry)
      expect(dry.report).toMatchObject({ changed: false, provision: { changes: [] } })
    })

    test('the action does the same, and says it as on any runner', async () => {
      // The rollback took back what the checkout still has.
      const ran = await action({})
      expect([ran.code, ran.annotations], ran.stdout + ran.stderr).toEqual([0, []])
      expect(ran.report).toMatchObject({ host: 'premises', outcome: 'changed' })
      expect(ran.outputs['release']).toBe(await visible())
      expect((await visit('/')).text).toContain('Open in winter')
      expect(ran.summary).toContain(name)
      const again = await action({ command: 'provision' })
      expect([again.code, again.report.outcome], again.stdout).toEqual([0, 'unchanged'])
      for (const said of [ran.stdout, ran.stderr, ran.summary, ...Object.values(ran.outputs)]) {
        expect(said).not.toContain(SECRET)
        expect(said).not.toContain(TOKEN)
      }
    })

    test('commands became other accounts by the host file’s word, and none came over SSH', async () => {
      if (privilege === 'root') expect(await bySudo()).toBe(0)
      else expect(await bySudo()).toBeGreaterThan(0)
      expect(await refused(world.host.address, world.host.port)).toBe('ECONNREFUSED')
    })

    describe('as another account than the host file says', () => {
      const other = account === 'root' ? 'deploy' : 'root'

      test.each([
        [other, other === 'root' ? '0' : 'deploy'],
        ['the nameless account 4242', '4242']
      ])('%s', async (self, uid) => {
        const before = await tenant.live()
        for (const words of [
          ['provision', name],
          ['deploy', name, 'all'],
          ['backup', name]
        ]) {
          const { code, report, stderr } = await runner.tenant([...words, '--json'], { env: environment, uid })
          expect({ code, failure: report?.failure }, stderr).toMatchObject({
            code: 64,
            failure: {
              kind: 'usage',
              message: `the runner on this machine runs as ${self}, not as ${account}`,
              remedy: `run as ${account}, or correct user in the host file (or --user)`
            }
          })
        }
        expect(await tenant.live()).toEqual(before)
      })
    })

    test.runIf(privilege === 'sudo')(
      'as another account by `--user`, which a runner has no way to become',
      async () => {
        const { code, report } = await run(['provision', name, '--user', 'root'])
        expect({ code, failure: report.failure }).toMatchObject({
          code: 64,
          failure: { kind: 'usage', message: 'the runner on this machine runs as deploy, not as root' }
        })
        // An administrator has, and puts right what the deploying account owns.
        await tenant.must(['rm', `/etc/nginx/tenants.d/${name}-marketing.conf`])
        const words = ['provision', name, '--user', 'root', '--json']
        const byRoot = () => runner.tenant(words, { env: environment, uid: '0' })
        const repaired = await byRoot()
        must(repaired)
        expect(repaired.report.provision!.changes.map(({ address }) => address)).toEqual(['marketing.site'])
        expect(await tenant.must(['stat', '-c', '%U', `/etc/nginx/tenants.d/${name}-marketing.conf`])).toBe('deploy\n')
        expect((await byRoot()).report.outcome).toBe('unchanged')
      }
    )

    test.runIf(privilege === 'sudo')('an account that may not become root is told what to do', async () => {
      await runner.write(HOST_FILE, localHost(world, 'premises', 'nobody', 'authorities.pem'))
      const before = await tenant.live()
      const { code, report, stderr } = await runner.tenant(['provision', name, '--json'], {
        env: environment,
        uid: '65534'
      })
      await runner.write(HOST_FILE, localHost(world, 'premises', account, 'authorities.pem'))
      expect({ code, failure: report?.provision?.failure }, stderr).toMatchObject({
        code: 2,
        failure: {
          kind: 'privilege',
          message: expect.stringMatching(/^could not become the account root to /) as string,
          remedy: expect.stringContaining('nobody may not become root here') as string
        }
      })
      expect(await tenant.live()).toEqual(before)
    })
  })
})
