import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROTOCOL } from '../../src/facts/held/protocol.ts'
import type { DoctorReport } from '../../src/report/doctor-report.ts'
import { freshTenant } from '../world/fresh-tenant.ts'
import { hostListing } from '../world/host-state.ts'
import { KEYS, observers, PROGRAM, type Observers } from '../world/observer.ts'
import { edit, onHost, restore } from '../world/on-host.ts'
import { useTinyApp } from '../world/tiny-app.ts'
import { cloned } from '../world/cloned.ts'

/** What runs see by a key that may only look, compared with what they see by the one that deploys. */
const world = await cloned()
const TENANT = 'otherbrand'
const host = onHost(world, TENANT)
const sh = (script: string, ...args: string[]) => host.must(['sh', '-ec', script, 'sh', ...args])
let keys: Observers

beforeAll(async () => {
  restore(world)
  await host.forgetAll()
  useTinyApp(world.repository, TENANT)
  keys = observers(world, TENANT)
  await keys.provision(keys.one)
  await deploy()
})

afterAll(async () => {
  restore(world)
  await keys.forget()
  await host.forgetAll()
  keys[Symbol.dispose]()
})

async function deploy(): Promise<void> {
  const { code, stdout, stderr } = await world.tenant(['deploy', TENANT])
  expect(code, stdout + stderr).toBe(0)
}

const byLook = () => ({ env: keys.env() })
/** The sandbox' own key for deploying stays out of it where the host's file names another account for it. */
const logins = async (user: string) =>
  Number(
    await sh('journalctl --sync; journalctl --unit ssh --grep "^Accepted publickey for $1 " --output cat | wc -l', user)
  )

async function doctor(options?: { env: Record<string, string> }) {
  const { code, stdout, stderr } = await world.tenant(['doctor', TENANT, '--json'], options)
  const report = JSON.parse(stdout) as DoctorReport
  return { code, stderr, findings: report.findings, failure: report.failure, tenants: report.tenants }
}

/** Everything on the host that a look could change, and what holds the key. */
const everything = async () =>
  `${await hostListing(world)}${await sh(
    `find "$1" -printf '%y %m %u %T@ %p\\n' | sort
find /tmp /var/tmp /dev/shm /run -xdev \\( -user look -o -user deploy -o -user tenant-otherbrand \\) -printf '%y %m %u %T@ %p\\n' 2>/dev/null | sort`,
    PROGRAM
  )}`

describe('doctor', () => {
  test('finds nothing on a healthy tenant, connects as the account that looks, and changes nothing', async () => {
    const [before, deploys, looks] = [await everything(), await logins('deploy'), await logins('look')]
    const seen = await doctor(byLook())
    expect(seen).toMatchObject({ code: 0, stderr: '', findings: [], failure: null })
    expect(seen.tenants).toEqual((await doctor()).tenants)
    expect(await logins('look')).toBe(looks + 1)
    expect(await logins('deploy')).toBe(deploys + 1)
    expect(await everything()).toBe(before)
  })

  test('finds the same on a tenant that has drifted, with the diff of the site, and changes nothing', async () => {
    await sh(
      `echo '# by hand' >>/etc/nginx/tenants.d/otherbrand-app.conf
cd "$1"; chmod 0644 app/current/.env.local; echo 'EXTRA=1' >>app/current/.env.local; echo '// edited' >>app/current/server.js
rm marketing/current/index.html; echo extra >marketing/current/extra.txt
echo '# by hand' >>/etc/sudoers.d/tenant-deploy; usermod --shell /bin/bash tenant-otherbrand; mkdir /srv/tenants/ghost`,
      host.root
    )
    await host.sql('ALTER TABLE bookings OWNER TO postgres')
    const [process] = (await host.live()).processes
    await host.pm2('stop', process!.name)
    try {
      const before = await everything()
      const look = await doctor(byLook())
      expect(await everything()).toBe(before)
      const full = await doctor()
      expect(look).toEqual(full)
      expect(look.code).toBe(1)
      expect(look.findings.length).toBeGreaterThan(6)
      expect(look.findings.find(({ address }) => address === 'app.site')!.diff).toContain('-# by hand')
    } finally {
      await sh('rmdir /srv/tenants/ghost')
      for (const command of ['provision', 'deploy']) await world.tenant([command, TENANT])
    }
    expect((await doctor(byLook())).findings).toEqual([])
  })

  test('finds the same where the manifest names other ports than the live release listens on', async () => {
    edit(world, `tenants/${TENANT}/tenant.yml`, 'ports: [', 'ports: [1')
    try {
      expect(await doctor(byLook())).toEqual(await doctor())
    } finally {
      edit(world, `tenants/${TENANT}/tenant.yml`, 'ports: [1', 'ports: [')
    }
  })
})

describe('a dry run', () => {
  const dry = async (words: string[], options?: { env: Record<string, string> }) => {
    const { code, report, stdout, stderr } = await world.tenant([...words, '--dry-run', '--json'], options)
    expect(code, stdout + stderr).toBe(0)
    const { lanes, provision } = report
    const told = lanes.map((lane) => ({ ...lane, steps: [], ms: 0, probes: [] }))
    return { told, changes: provision?.changes, findings: provision?.findings, warnings: provision?.warnings }
  }

  test.each([[['provision', TENANT]], [['deploy', TENANT]], [['deploy', TENANT, 'marketing']]])(
    '%j shows the same',
    async (words) => {
      edit(world, `tenants/${TENANT}/tenant.yml`, 'redirects: [', 'redirects: [more.otherbrand.test, ')
      world.repository.write(`test/${TENANT}-site/new.html`, 'new')
      try {
        const before = await everything()
        const look = await dry(words, byLook())
        expect(await everything()).toBe(before)
        expect(look).toEqual(await dry(words))
      } finally {
        edit(world, `tenants/${TENANT}/tenant.yml`, 'redirects: [more.otherbrand.test, ', 'redirects: [')
        world.repository.remove(`test/${TENANT}-site/new.html`)
      }
    }
  )

  test('of a tenant that the host has not heard of shows the same', async () => {
    const kept = world.repository.read('tenants/hosts/sandbox.yml')
    const tenant = await freshTenant(world, 'harbour')
    world.repository.write('tenants/hosts/sandbox.yml', kept)
    try {
      for (const command of ['provision', 'deploy'])
        expect(await dry([command, 'harbour'], byLook())).toEqual(await dry([command, 'harbour']))
    } finally {
      await tenant.forget()
      useTinyApp(world.repository, TENANT)
      keys.name(keys.one)
    }
  })

  test('of a rollback shows the same, and so do the lists of releases and backups', async () => {
    expect((await world.tenant(['backup', TENANT])).code).toBe(0)
    world.repository.write(`test/${TENANT}-site/next.html`, 'next')
    await deploy()
    const before = await everything()
    const look = await dry(['rollback', TENANT, 'marketing'], byLook())
    const list = await world.tenant(['releases', TENANT, '--json'], byLook())
    const backups = await world.tenant(['backups', TENANT, '--json'], byLook())
    expect(await everything()).toBe(before)
    expect(look).toEqual(await dry(['rollback', TENANT, 'marketing']))
    expect(list.report.releases).toEqual((await world.tenant(['releases', TENANT, '--json'])).report.releases)
    expect(list.report.releases.length).toBeGreaterThan(2)
    expect(backups.report.backups).toEqual((await world.tenant(['backups', TENANT, '--json'])).report.backups)
    expect(backups.report.backups.length).toBeGreaterThan(0)
    await sh('rm -r "$1"', `${host.root}/backups`)
  })
})

describe('a run that does more than look', () => {
  test.each([
    ['deploy', [TENANT]],
    ['provision', [TENANT]],
    ['rollback', [TENANT]],
    ['backup', [TENANT]],
    ['restore', [TENANT, '20261123T041500Z-otherbrand']],
    ['logs', [TENANT]]
  ])('%s is refused before it begins, where there is no other key', async (command, words) => {
    edit(world, 'tenants/hosts/sandbox.yml', 'from: .sandbox/host.json', 'from: .sandbox/keyless.json')
    const made = JSON.parse(world.repository.read('.sandbox/host.json')) as Record<string, unknown>
    delete made['key_file']
    world.repository.write('.sandbox/keyless.json', JSON.stringify(made))
    try {
      const before = await everything()
      const [deploys, looks] = [await logins('deploy'), await logins('look')]
      const { code, stdout, stderr } = await world.tenant([command, ...words], byLook())
      expect(code, stdout + stderr).toBe(64)
      expect(stdout + stderr).toContain('the key that was handed over may only look, and this command does more')
      expect(stdout + stderr).toContain('hand over the key that deploys')
      expect([await logins('deploy'), await logins('look')]).toEqual([deploys, looks])
      expect(await everything()).toBe(before)
    } finally {
      edit(world, 'tenants/hosts/sandbox.yml', 'from: .sandbox/keyless.json', 'from: .sandbox/host.json')
      world.repository.remove('.sandbox/keyless.json')
    }
  })
})

describe('what the host knows of the keys', () => {
  const observer = async (options?: { env: Record<string, string> }) =>
    (await doctor(options)).findings.filter(({ address }) => address === 'host.observer')
  const mended = async () => expect((await world.tenant(['provision', TENANT])).code).toBe(0)

  test.each([
    ['a key that somebody added', `echo 'ssh-ed25519 AAAA by-hand' >>"$1"`, KEYS],
    ['a key that may do more', `sed -i 's/^restrict,command="[^"]*" //' "$1"`, KEYS],
    ['a second file of keys', `echo 'ssh-ed25519 AAAA by-hand' >"\${1}2"`, KEYS],
    ['a file of keys that the account can change', 'chown look "$1"', KEYS],
    ['another collector', 'echo "// edited" >>"$1/collector.cjs"', PROGRAM],
    ['a rule of sudo for more', `echo 'look ALL=(ALL) NOPASSWD: ALL' >>/etc/sudoers.d/tenant-deploy-observer`, PROGRAM],
    ['a group', 'groupadd -f somegroup; usermod -aG somegroup look', PROGRAM],
    ['a folder that others write to', 'chmod 0777 "$1"', PROGRAM]
  ])('%s is drift, which provision mends', async (_, script, path) => {
    await sh(script, path)
    const found = await observer()
    expect(found).toMatchObject([{ tenant: null, verdict: 'drifted', remedy: `tenant provision ${TENANT}` }])
    await mended()
    expect(await observer(byLook())).toEqual([])
  })

  test('a key that the host’s file names no more is let in no more', async () => {
    await keys.provision(keys.one, keys.another)
    expect((await doctor({ env: keys.env(keys.another) })).code).toBe(0)
    keys.name(keys.another)
    expect(await observer(byLook())).toMatchObject([{ verdict: 'drifted' }])
    await mended()
    const { code, stdout } = await world.tenant(['doctor', TENANT, '--json'], byLook())
    expect(code).toBe(2)
    const [finding] = (JSON.parse(stdout) as DoctorReport).findings
    expect(finding).toMatchObject({
      verdict: 'unknown',
      cause: expect.stringContaining('the host does not accept this key for the account look') as string,
      remedy: expect.stringContaining('observer.keys in tenants/hosts/sandbox.yml') as string
    })
    expect((await doctor({ env: keys.env(keys.another) })).code).toBe(0)
    await keys.provision(keys.one)
  })

  test('a collector that speaks another protocol is an error that names provision', async () => {
    const speaks = PROTOCOL + 1
    const answer = JSON.stringify({ version: 1, mismatch: { asked: PROTOCOL, speaks } })
    const other = `process.stdin.once('data', () => { console.log('${answer}'); process.exit(0) })`
    await sh('printf %s "$2" >"$1/collector.cjs"', PROGRAM, other)
    const [finding] = (await doctor(byLook())).findings
    expect(finding).toMatchObject({
      verdict: 'unknown',
      cause: expect.stringContaining(
        `the host's collector speaks another protocol than this program (${speaks}, and this is ${PROTOCOL})`
      ) as string,
      remedy: expect.stringContaining('tenant provision') as string
    })
    await mended()
  })

  test.each([
    ['no collector', 'rm "$1/collector.cjs"'],
    ['no rule of sudo', 'rm /etc/sudoers.d/tenant-deploy-observer'],
    ['no door', 'rm "$1/door"'],
    ['half a file about the host', 'echo "{" >"$1/host.json"']
  ])('%s is an error that names provision', async (_, script) => {
    await sh(script, PROGRAM)
    const [finding] = (await doctor(byLook())).findings
    expect(finding).toMatchObject({
      verdict: 'unknown',
      cause: expect.stringMatching(/^the host's collector gave no answer \(exit code \d+\): ./) as string,
      remedy: expect.stringContaining('tenant provision') as string
    })
    await mended()
    expect((await doctor(byLook())).code).toBe(0)
  })

  test('an account that was somebody’s is left alone', async () => {
    const file = 'tenants/hosts/sandbox.yml'
    const kept = world.repository.read(file)
    edit(world, file, 'observer:\n', 'observer:\n  user: www-data\n')
    try {
      const before = await sh('getent passwd www-data; cat "$1" /etc/sudoers.d/*', KEYS)
      const { code, stdout } = await world.tenant(['provision', TENANT])
      expect(code).toBe(1)
      expect(stdout).toContain('the account www-data was there before')
      expect(await sh('getent passwd www-data; cat "$1" /etc/sudoers.d/*', KEYS)).toBe(before)
    } finally {
      world.repository.write(file, kept)
    }
  })

  test('where the host’s file names nobody, no key is let in', async () => {
    keys.name()
    expect(await observer()).toMatchObject([{ verdict: 'drifted' }])
    await mended()
    expect((await world.exec(['sh', '-c', 'ls "$1" /etc/sudoers.d/tenant-deploy-observer', 'sh', KEYS])).stdout).toBe(
      ''
    )
    const { code, stdout } = await world.tenant(['doctor', TENANT, '--json'], byLook())
    expect(code).toBe(2)
    expect((JSON.parse(stdout) as DoctorReport).findings[0]).toMatchObject({
      cause: expect.stringContaining('the host sandbox knows no key that may only look') as string,
      remedy: expect.stringContaining('add `observer`') as string
    })
    await keys.provision(keys.one)
    expect((await doctor(byLook())).code).toBe(0)
  })
})
