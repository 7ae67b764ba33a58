import { beforeAll, describe, expect, test } from 'vitest'
import type { DoctorReport } from '../../src/report/doctor-report.ts'
import { hostListing } from '../world/host-state.ts'
import { cloned } from '../world/cloned.ts'
import { deployed } from '../world/frozen.ts'
import { onHost } from '../world/on-host.ts'
import { useTinyApp } from '../world/tiny-app.ts'

/** Both tenants of the repository, as they are deployed: one with the booking app, one with an app of a few files. */
const world = await cloned(deployed)
const both = ['yourbrand', 'otherbrand']
const hosts = both.map((name) => onHost(world, name))
const [yourbrand, otherbrand] = [hosts[0]!, hosts[1]!]
const sh = (script: string, ...args: string[]) => yourbrand.must(['sh', '-ec', script, 'sh', ...args])

beforeAll(async () => {
  await otherbrand.forgetAll()
  useTinyApp(world.repository, 'otherbrand')
  const { code, stdout, stderr } = await world.tenant(['deploy', 'otherbrand', '--json'])
  expect(code, stdout + stderr).toBe(0)
})

const doctor = async (...words: string[]) => {
  const { code, stdout, stderr } = await world.tenant(['doctor', ...words, '--json'])
  return { code, stderr, report: JSON.parse(stdout) as DoctorReport }
}

/** Everything that a look could leave behind: files, processes, connections, what stands in the databases. */
async function everything(): Promise<string> {
  const accounts = ['deploy', yourbrand.account, otherbrand.account]
  const left = await sh(
    // What nginx notes is the visitors' doing.
    `for account; do
  find /tmp /var/tmp /dev/shm /run -xdev -user "$account" -printf '%y %m %u %T@ %p %l\\n' 2>/dev/null || :
done | sort
find /var/log/nginx -printf '%y %m %u %g %p\\n' | sort; crontab -l 2>/dev/null || :`,
    ...accounts
  )
  const dumps = await sh(
    `port=$1; shift
for database; do
  sudo -u postgres pg_dump -h /run/postgresql -p "$port" "$database" | grep -vE '^.(un)?restrict ' | sha256sum
done`,
    String(world.host.postgres.port),
    ...both
  )
  const processes = await Promise.all(hosts.map(async (host) => (await host.live()).processes))
  return [await hostListing(world), left, dumps, JSON.stringify(processes)].join('\n')
}

/** How many connections sshd has let in so far. */
const logins = async () =>
  Number(
    await sh("journalctl --sync; journalctl --unit ssh --grep '^Accepted publickey for deploy ' --output cat | wc -l")
  )

describe('a host whose tenants are as they were deployed', () => {
  test.each([
    ['one name', ['yourbrand'], ['yourbrand']],
    ['several names, one of them twice', ['otherbrand', 'yourbrand', 'otherbrand'], both],
    ['all', ['--all'], both],
    ['a host', ['--host', 'sandbox'], both]
  ])('%s: nothing is found', async (_, words, names) => {
    const { code, report, stderr } = await doctor(...words)
    expect(report).toMatchObject({ command: 'doctor', findings: [], failure: null, exitCode: 0 })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(report.tenants.map(({ tenant }) => tenant).sort()).toEqual([...names].sort())
    for (const each of [...report.tenants, ...report.hosts]) {
      expect(each).toMatchObject({ host: 'sandbox', health: 'in-sync' })
      expect(each.checked).toBeGreaterThan(5)
    }
    expect(report.hosts).toHaveLength(1)
  })

  test('a person reads so in a few lines', async () => {
    const { code, stdout, stderr } = await world.tenant(['doctor', '--all'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeLessThan(8)
    expect(lines[0]).toMatch(/^2 tenants on 1 host: all in sync/)
    for (const name of both) expect(stdout).toContain(name)
  })

  test('one connection is enough for all tenants of a host', async () => {
    const before = await logins()
    expect((await doctor('--all')).code).toBe(0)
    expect(await logins()).toBe(before + 1)
  })
})

describe('the host is the same byte for byte before and after', () => {
  test('where nothing is found', async () => {
    const before = await everything()
    expect((await doctor('--all')).report.findings).toEqual([])
    expect(await everything()).toBe(before)
  })

  test('where much is', async () => {
    const site = '/etc/nginx/tenants.d/otherbrand-app.conf'
    await sh(
      `echo '# by hand' >>"$1"; chmod 0644 "$2/app/current/.env.local"; rm "$2/marketing/current/index.html"
echo extra >"$2/marketing/current/extra.txt"; usermod --shell /bin/bash tenant-otherbrand; mkdir /srv/tenants/ghost`,
      site,
      otherbrand.root
    )
    await otherbrand.sql('ALTER TABLE bookings OWNER TO postgres')
    try {
      const before = await everything()
      const { code, report } = await doctor('--all')
      expect(code).toBe(1)
      expect(report.findings.map(({ tenant, address }) => `${tenant}: ${address}`)).toEqual([
        'null: unmanaged.folder /srv/tenants/ghost',
        'otherbrand: account',
        'otherbrand: database.ownership',
        'otherbrand: app.environment',
        'otherbrand: app.site',
        'otherbrand: marketing.files'
      ])
      expect(report.tenants).toMatchObject([
        { tenant: 'otherbrand', health: 'drifted' },
        { tenant: 'yourbrand', health: 'in-sync' }
      ])
      expect(await everything()).toBe(before)
    } finally {
      await sh('rmdir /srv/tenants/ghost')
      for (const command of ['provision', 'deploy']) await world.tenant([command, 'otherbrand'])
    }
    expect((await doctor('--all')).report.findings).toEqual([])
  })
})

test('Ctrl-C ends it, with one error', async () => {
  const [process] = (await otherbrand.live()).processes
  expect(process!.pid).toBeGreaterThan(1)
  // Nobody gets an answer from it for a while.
  await sh('kill -STOP "$1"', String(process!.pid))
  try {
    const before = await logins()
    const { child, done } = world.start(['doctor', '--all'])
    await expect.poll(logins, { timeout: 20_000, interval: 50 }).toBe(before + 1)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await done
    expect(code, stdout + stderr).toBe(2)
    expect(stdout.match(/^✗ /gm)).toHaveLength(1)
    expect(stdout).toContain('ended by SIGINT')
    expect(stdout + stderr).not.toMatch(/^ +at /m)
  } finally {
    await sh('kill -CONT "$1"', String(process!.pid))
  }
  expect((await doctor('--all')).code).toBe(0)
})

describe('what it does not understand', () => {
  test.each([
    ['an unknown tenant', ['yourbrnd'], 'there is no tenant "yourbrnd"', 'did you mean "yourbrand"?'],
    ['an unknown host', ['--host', 'sandbx'], 'there is no host "sandbx"', 'did you mean "sandbox"?'],
    ['nothing', [], 'doctor needs a tenant, --host or --all', 'tenant help'],
    ['two ways at once', ['yourbrand', '--all'], 'doctor takes one', 'tenant help'],
    ['a dry run', ['yourbrand', '--dry-run'], 'it changes nothing', 'tenant help'],
    ['an unknown option', ['yourbrand', '--fix'], '--fix', 'tenant help']
  ])('%s', async (_, words, message, remedy) => {
    const { code, stdout, stderr } = await world.tenant(['doctor', ...words])
    expect(code).toBe(64)
    expect(stdout + stderr).toContain(message)
    expect(stdout + stderr).toContain(remedy)
    expect(stdout + stderr).not.toMatch(/^ +at /m)
  })
})
