import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import type { DoctorReport } from '../../src/report/doctor-report.ts'
import { asRoot, runToEnd } from '../sandbox/command.ts'
import { cache } from '../sandbox/layers.ts'
import type { Machine } from '../sandbox/machine.ts'
import { isRunning } from '../sandbox/processes.ts'
import { bareLayer, checkout, startSandbox } from '../sandbox/sandbox.ts'
import { cloned, clonedWorld } from '../world/cloned.ts'
import { deployed } from '../world/frozen.ts'
import { onHost } from '../world/on-host.ts'
import type { World } from '../world/world.ts'

/** What the machines of the tests are held to: they are servers, as an operator has them. */
const world = await cloned(deployed)
const tenants = ['yourbrand', 'otherbrand'].map((name) => onHost(world, name))
const { must } = tenants[0]!

async function serving(at: World): Promise<void> {
  for (const name of ['yourbrand', 'otherbrand']) {
    expect(await at.visit(at.url(`booking.${name}.test`, '/api/health'))).toMatchObject({ status: 200 })
    expect(await at.visit(at.url(`www.${name}.test`))).toMatchObject({ status: 200 })
  }
}

async function nothingDrifted(at: World): Promise<void> {
  const { code, stdout, stderr } = await at.tenant(['doctor', '--all', '--json'])
  expect((JSON.parse(stdout) as DoctorReport).findings, stderr).toEqual([])
  expect(code).toBe(0)
}

test('a clone serves both tenants, and nothing has drifted', async () => {
  await serving(world)
  await nothingDrifted(world)
})

test('services are the distribution’s own units, on their own ports', async () => {
  const units = ['ssh', 'nginx', 'postgresql@15-main', 'pgbouncer', 'cron']
  expect(await must(['systemctl', 'is-active', ...units])).toBe('active\n'.repeat(units.length))
  const listening = await must(['ss', '-Hltn'])
  for (const port of [22, 80, 443, 5432, 6432]) expect(listening).toMatch(new RegExp(`:${port}\\s`))
})

test('what takes more memory than its unit may is killed', async () => {
  const limited = ['systemd-run', '--quiet', '--wait', '--pipe', '-p', 'MemoryMax=60M', '-p', 'MemorySwapMax=0']
  const taking = (mb: number) => [...limited, 'python3', '-c', `x = bytearray(${mb} * 1000 * 1000); print(len(x))`]
  expect(await world.exec(taking(20))).toMatchObject({ code: 0, stdout: '20000000\n' })
  const killed = await world.exec(taking(200))
  expect(killed.stdout).toBe('')
  expect(killed.code).not.toBe(0)
  expect(await must(['journalctl', '--boot', '--no-pager', '--unit', 'run-*'])).toMatch(/status=9\/KILL/)
})

test('the way out of it leads to the registries, and not to this computer', async () => {
  expect(await must(['npm', 'view', 'mustache', 'name'])).toBe('mustache\n')
  const server = (await import('node:net')).createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const { code } = await world.exec(['curl', '--silent', '--max-time', '5', `http://10.0.2.2:${port}/`])
  server.close()
  expect(code).not.toBe(0)
})

describe('cut off', () => {
  test('nothing reaches it until the network is given back', async () => {
    await world.sandbox.cut()
    try {
      await expect(world.visit(world.url('www.yourbrand.test'))).rejects.toThrow(/EHOSTUNREACH|ETIMEDOUT/)
      // Inside, all goes on.
      expect(await must(['systemctl', 'is-active', 'nginx'])).toBe('active\n')
    } finally {
      await world.sandbox.heal()
    }
    await serving(world)
  })
})

test('after a reboot both tenants serve, PM2 has their processes back, timers are armed, and nothing has drifted', async () => {
  const before = await Promise.all(tenants.map((tenant) => tenant.live()))
  await must(['sh', '-c', 'echo kept >/root/kept; echo gone >/run/gone'])
  await world.sandbox.reboot()
  expect(await must(['sh', '-c', 'cat /root/kept; ls /run/gone || :'])).toBe('kept\n')
  const after = await Promise.all(tenants.map((tenant) => tenant.live()))
  const known = (lives: typeof after) =>
    lives.map(({ current, sites, processes }) => ({ current, sites, names: processes.map(({ name }) => name) }))
  expect(known(after)).toEqual(known(before))
  for (const { processes } of after) expect(processes).toMatchObject([{ status: 'online' }])
  for (const timer of ['certbot.timer', 'systemd-tmpfiles-clean.timer'])
    expect(
      await must(['systemctl', 'show', '--property', 'NextElapseUSecMonotonic,NextElapseUSecRealtime', timer])
    ).toMatch(/=.*\d/)
  await expect.poll(() => serving(world).then(() => 'yes'), { timeout: 30_000 }).toBe('yes')
  await nothingDrifted(world)
})

test('what is done in one clone is not seen in another', async () => {
  await using other = await clonedWorld(deployed)
  const there = onHost(other, 'yourbrand')
  await there.must(['sh', '-ec', 'rm /srv/tenants/yourbrand/marketing/current/index.html; systemctl stop pgbouncer'])
  await there.sql('delete from bookings')
  expect((await other.visit(other.url('www.yourbrand.test'))).status).not.toBe(200)
  await serving(world)
  expect(await must(['systemctl', 'is-active', 'pgbouncer'])).toBe('active\n')
  expect(other.host.address).not.toBe(world.host.address)
})

describe('its end leaves nothing', () => {
  /** What there is of a machine on this computer. */
  async function left({ name, process }: Machine): Promise<string[]> {
    const { stdout } = await runToEnd(asRoot(['sh', '-c', LEFT, 'sh', name, cache]))
    return [...stdout.split('\n').filter(Boolean), ...(isRunning(process) ? ['its process'] : [])]
  }
  const LEFT = `ip -brief link show "ve-$1" 2>/dev/null; nft list tables 2>/dev/null | grep tenant; grep -F "/$1" /proc/mounts
find /sys/fs/cgroup -maxdepth 2 -name "$1"; ls -d "$2/machines/$1" 2>/dev/null; pgrep -af -- "--machine=$1( |$)"; pgrep -f "^slirp4netns.*$1"; sysctl -n net.ipv4.ip_forward | grep -v ${readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim()}`

  /** A program that starts a machine and says which. */
  async function elsewhere() {
    const layer = JSON.stringify(await bareLayer())
    const program = `const { startSandbox } = await import('${join(checkout, 'test/sandbox/sandbox.ts')}')
const { folder, host } = await startSandbox({ from: ${layer} })
console.log(JSON.stringify({ folder, machine: host.machine }))
setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    for await (const line of createInterface({ input: child.stdout }))
      return { child, ...(JSON.parse(line) as { folder: string; machine: Machine }) }
    throw new Error('no machine was started')
  }

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('where its owner is ended by %s', async (signal) => {
    const { child, machine } = await elsewhere()
    expect(await left(machine)).not.toEqual([])
    child.kill(signal)
    await expect.poll(() => left(machine), { timeout: 30_000 }).toEqual([])
  })

  test('where what runs it is killed: the next start cleans up, and only that', async () => {
    const { child, machine } = await elsewhere()
    await runToEnd(asRoot(['kill', '-KILL', String(machine.process.pid)]))
    await expect
      .poll(async () => (await left(machine)).some((line) => line.includes('--machine')), { timeout: 30_000 })
      .toBe(false)
    expect(existsSync(join(cache, 'machines', machine.name))).toBe(true)
    await using next = await startSandbox({ from: await bareLayer() })
    expect(next.host.machine.process).not.toEqual(machine.process)
    if (next.host.machine.name !== machine.name) expect(await left(machine)).toEqual([])
    child.kill()
    await serving(world)
  })
})

describe('npm run sandbox', () => {
  const cli = (words: string[], before: string[] = []) =>
    runToEnd([...before, process.execPath, join(checkout, 'test/sandbox/cli.ts'), ...words])

  test.each([
    ['no verb', []],
    ['an unknown verb', ['start']],
    ['a name that is none', ['up', '../x']],
    ['too many names', ['down', 'one', 'two']]
  ])('%s: how it is used', async (_, words) => {
    expect(await cli(words)).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/^usage: npm run sandbox/) as string
    })
  })

  test.each(['exec', 'reboot', 'cut', 'heal'])('%s of a machine that is not up says how to have one', async (verb) => {
    const { code, stderr } = await cli([verb, 'none', ...(verb === 'exec' ? ['--', 'true'] : [])])
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: 'no sandbox none is up\nremedy: npm run sandbox -- up none\n'
    })
  })

  test('of a machine that is not up, status is 1, and down has nothing to do', async () => {
    expect(await cli(['status', 'none'])).toMatchObject({ code: 1, stdout: 'The sandbox is down.\n' })
    expect(await cli(['down', 'none'])).toMatchObject({ code: 0, stdout: 'The sandbox is down.\n' })
  })

  test('while machines run, nothing is pruned', async () => {
    const { code, stderr } = await cli(['prune'])
    expect({ code, stderr }).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('machines still run: ') as string
    })
    expect(existsSync(cache)).toBe(true)
  })

  test('where the kernel allows no machine, one error says what is needed, and nothing is left', async () => {
    const { code, stderr } = await cli(
      ['up', 'refused'],
      asRoot(['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'])
    )
    expect(code).not.toBe(0)
    expect(stderr).toMatch(
      /^the sandbox' machine ended while it started\n[^]*not permitted[^]*\nremedy: a machine needs root, /
    )
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(existsSync(join(checkout, '.sandbox/refused'))).toBe(false)
  })
})
