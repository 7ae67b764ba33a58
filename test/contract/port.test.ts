import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LaneReport } from '../../src/report/report.ts'
import { connectTo } from '../world/remote.ts'
import { squatter, type Squat } from '../world/squatter.ts'
import { tinyApp, useTinyApp } from '../world/tiny-app.ts'
import { edit } from '../world/on-host.ts'
import { cloned } from '../world/cloned.ts'
import { bench, nothingDone, tenant, type Bench } from './bench.ts'

/** What a neighbour on the same host can do with a port that it is not given. */
const world = await cloned()
const account = `tenant-${tenant}`
const neighbour = 'tenant-yourbrand'
let app: Bench
let ports: number[]
let changes = 0

beforeAll(async () => {
  app = await bench(world, 'app')
  const manifest = world.repository.read(`tenants/${tenant}/tenant.yml`)
  ports = /ports: \[(\d+), (\d+)\]/.exec(manifest)!.slice(1).map(Number)
  await app.converge()
})
afterEach(() => useTinyApp(world.repository, tenant))
afterAll(() => app[Symbol.asyncDispose]())

const live = async () => {
  const { current, processes } = await app.host.live()
  const { port, name } = processes[0]!
  return { id: current.app!, port, name, free: ports.find((each) => each !== port)! }
}
const squat = (more: Omit<Squat, 'account'>) => squatter(world, { account: neighbour, ...more })
const change = () => world.repository.write(`${tinyApp}/page.html`, `<h1>Change ${++changes}</h1>\n`)
const health = async () => (await world.visit(world.url('booking.otherbrand.test', '/api/health'))).text

/** Runs a command that must fail, and holds what serves against what it was before. */
async function failing(words: string[]): Promise<LaneReport> {
  const before = await app.host.live()
  const ran = await world.tenant([...words, '--json'])
  expect(ran.code, ran.stdout + ran.stderr).toBe(2)
  expect(await app.host.live()).toEqual(before)
  expect(JSON.parse(await health())).toMatchObject({ release: before.current.app })
  return ran.lane('app')
}
const deploy = ['deploy', tenant, 'app']
const NOT_SHOWN = 'and does not listen, and of which account it is the kernel does not show'

describe('the port that the next release is to start on', () => {
  test.each(['127.0.0.1', '0.0.0.0', '::1'])(
    'is bound by a neighbour on %s, which does not listen',
    async (address) => {
      const { free } = await live()
      await using held = await squat({ address, port: free, does: 'holds' })
      change()
      const { failure, steps } = await failing(deploy)
      expect(failure).toMatchObject({ kind: 'start', step: 'port' })
      const on = { '127.0.0.1': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::1': '::' }[address]
      expect(failure!.message).toBe(
        `port ${free} is taken by another program on the host: it has bound ${on} ${NOT_SHOWN}`
      )
      expect(failure!.remedy).toContain(`ss -tnpB 'sport = :${free}'`)
      expect(steps.map(({ name }) => name)).not.toContain('sync')
      expect(await held.said()).toBe('ready')
    }
  )

  test('is listened on by a neighbour: its account is named', async () => {
    const { free } = await live()
    await using held = await squat({ address: '127.0.0.2', port: free, does: { answers: 'x' } })
    change()
    const { failure } = await failing(deploy)
    expect(failure!.message).toBe(`port ${free} is taken by another program on the host: ${neighbour} listens there`)
    expect(await held.said()).toBe('ready')
  })

  test('is listened on by a process of the tenant’s own', async () => {
    const { free } = await live()
    await using held = await squatter(world, { account, address: '0.0.0.0', port: free, does: { answers: 'x' } })
    change()
    const { failure } = await failing(deploy)
    expect(failure!.message).toBe(`port ${free} is taken by a process of ${account} that is not the release's`)
    expect(failure!.remedy).toContain(`ss -ltnp 'sport = :${free}'`)
    expect(await held.said()).toMatch(/^ready/)
  })

  test.each([
    ['127.0.0.1', false],
    ['0.0.0.0', false],
    ['::', false],
    ['::1', true]
  ])('a neighbour listens on %s once the release starts, and answers as that release', async (address, isBeside) => {
    const { free } = await live()
    await using waiting = await squat({ address, port: free, does: 'waits' })
    change()
    // Whoever listens first has the port; a real app needs as long for its start.
    if (!isBeside) {
      edit(world, `${tinyApp}/server.js`, 'createServer((', 'const server = createServer((')
      edit(world, `${tinyApp}/server.js`, '}).listen(', '})\nsetTimeout(() => server.listen(')
      edit(world, `${tinyApp}/server.js`, "PORT), '127.0.0.1')", "PORT), '127.0.0.1'), 4000)")
    }
    const { failure, probes } = await failing(deploy)
    expect(await waiting.said()).toMatch(/^listens as \S+$/m)
    expect(failure).toMatchObject({ kind: 'start', step: 'health' })
    expect(failure!.message).toBe(
      isBeside
        ? `account ${neighbour} listens on port ${free} as well, where only ${account} may`
        : `port ${free} is answered by account ${neighbour}, not by ${account}`
    )
    expect(failure!.remedy).toContain(`ss -ltnp 'sport = :${free}'`)
    expect(probes.filter(({ ok }) => ok)).toEqual([])
    expect(probes.at(-1)!.note).toBe(failure!.message)
  })

  test('is listened on by a neighbour when a rollback would start on it: the release that it goes to is no failed one', async () => {
    change()
    const { release, previous } = await app.converge()
    const { free } = await live()
    {
      // One that does not listen cannot bind it yet, while connections of the last release are closing.
      await using held = await squat({ address: '127.0.0.1', port: free, does: { answers: 'x' } })
      const { failure } = await failing(['rollback', tenant, 'app'])
      expect(failure).toMatchObject({ kind: 'start', step: 'start' })
      expect(failure!.message).toContain(`${neighbour} listens there`)
      expect(await held.said()).toBe('ready')
    }
    const { code, report } = await world.tenant(['rollback', tenant, 'app', '--json'])
    expect(code).toBe(0)
    expect(report.lanes[0]).toMatchObject({ previous: release, release: previous })
  })

  test('is free where a release of the tenant’s own has just closed connections there', async () => {
    change()
    const { port } = await live()
    // Each is closed by the app, which leaves it to the kernel for a minute.
    for (let each = 0; each < 3; each++)
      await app.host.must(['curl', '-sS', '--http1.0', `http://127.0.0.1:${port}/api/health`])
    const closing = await app.host.must(['cat', '/proc/net/tcp'])
    expect(closing).toMatch(new RegExp(`:${port.toString(16).toUpperCase()} \\S+ 06 `))
    await app.converge()
    const { free } = await live()
    expect(free).toBe(port)
    change()
    await app.converge()
  })
})

describe('the port of the live release', () => {
  const answered = (port: number) => `port ${port} is answered by account ${neighbour}, not by ${account}`

  test('has gone to a neighbour that answers as the live release: drifted, and the same release is not started there', async () => {
    await app.converge()
    const { id, port, name } = await live()
    await app.host.pm2('stop', name)
    {
      await using taken = await squat({ address: '127.0.0.1', port, does: { answers: id } })
      expect(JSON.parse(await health())).toEqual({ release: id })
      expect(await app.finding('app.process')).toMatchObject({
        verdict: 'drifted',
        differences: [
          { attribute: 'status', actual: 'stopped' },
          { attribute: `answer on port ${port}`, expected: `200 from ${id}`, actual: answered(port) }
        ]
      })
      const said = await taken.said()
      const { failure, probes } = await failing(deploy)
      expect(failure).toMatchObject({ kind: 'start', step: 'start' })
      expect(failure!.message).toBe(`port ${port} is taken by another program on the host: ${neighbour} listens there`)
      expect(probes).toEqual([])
      // It was never asked by us but by the visitor above and the one that looked whether it still answers.
      expect(said.match(/asked/g)).toHaveLength(1)
    }
    expect(await app.converge()).toMatchObject({ changed: true, release: id })
    expect(await app.converge()).toMatchObject(nothingDone)
  })

  test('is also listened on by a neighbour: the next deploy moves to the other one', async () => {
    const { id, port, free } = await live()
    await using held = await squat({ address: '::1', port, does: { answers: id } })
    const actual = `account ${neighbour} listens on port ${port} as well, where only ${account} may`
    expect(await app.finding('app.process')).toMatchObject({
      verdict: 'drifted',
      differences: [{ attribute: `answer on port ${port}`, expected: `200 from ${id}`, actual }]
    })
    await app.converge()
    expect((await live()).port).toBe(free)
    expect(await held.said()).toBe('ready')
  })
})

test('a collector that looks as root holds an answer against the account that is asked about', async () => {
  const { port, id } = await live()
  await using remote = await connectTo(world)
  const ask = async (as: string) => {
    const { a } = await remote.gather(
      { a: { kind: 'probe', port, path: '/api/health', host: 'a', release: id, deadlineMs: 0, as } },
      { as: 'root' }
    )
    return a
  }
  expect(await ask(account)).toMatchObject({ ok: true, fact: { ok: true } })
  expect(await ask(neighbour)).toMatchObject({ ok: true, fact: { ok: false, attempts: [{ foreign: [account] }] } })
})
