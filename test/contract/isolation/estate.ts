import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { asSocket } from '../../../src/deploy/migrate.ts'
import type { Shipment } from '../../../src/deploy/shipment.ts'
import type { Connection } from '../../../src/remote/connection.ts'
import { converge, plan } from '../../../src/resources/converge.ts'
import { inspect, type Inspection } from '../../../src/resources/inspect.ts'
import { desiredIsolation } from '../../../src/resources/isolation.ts'
import type { Change, Managed } from '../../../src/resources/resource.ts'
import type { ProvisionChange } from '../../../src/report/report.ts'
import { connectTo, shipmentFor } from '../../world/remote.ts'
import type { World } from '../../world/world.ts'

/** Of a difference: what, what was expected, what there is. */
export type Row = [attribute: string, expected: string, actual: string]
/** What is not as desired, by address. What is not named is in sync. */
type Differs = { drifted: Row[] } | { missing: Row[] } | { unknown: string }
export type Off = Record<string, Differs>

/** PgBouncer's words for a server that does not let it in depend on whether it is trying, has just tried, or waits. */
export const unreachable = (world: World, tenant: string) =>
  drifted([
    `through 127.0.0.1:${world.host.pgbouncer.port}`,
    `${tenant} as ${tenant}`,
    expect.stringMatching(
      /^server login|^Query read timeout$|^FATAL|^database |^password authentication failed for /
    ) as string
  ])
export const missing = (attribute: string, expected: string) => ({ missing: [[attribute, expected, 'missing'] as Row] })
export const drifted = (...rows: Row[]) => ({ drifted: rows })

/** What is to be changed: PgBouncer may get through again by itself, once the cause of it is gone. */
function due(addresses: object): string[] {
  const all = Object.keys(addresses).sort()
  return all.length > 1 ? all.filter((address) => address !== 'pgbouncer.route') : all
}

/** Everything of one tenant on the shared host that provision manages, as the resources themselves tell it. */
export interface Estate {
  readonly shipment: Shipment
  readonly remote: Connection
  /** Desires something else from now on; without a word, what the manifest and the secrets say. */
  desire(otherwise?: Partial<Shipment>): void
  resource(address: string): Managed
  /** Looks at all of it. */
  off(): Promise<Off>
  /** Converges all of it, in order; answers what was carried out. */
  converge(): Promise<Record<string, string[]>>
  /** Of what differs: what a person is told to do. */
  remedies(): Promise<Record<string, string | undefined>>
  /** This differs and nothing else does; converging changes that and nothing else, and then has nothing left to do. */
  mends(off: Off): Promise<void>
  /** This differs, and nothing that converging does changes it: a person is told what to do. */
  stays(off: Off, remedies: Record<string, string>): Promise<void>
  /** Runs a few lines of sh on the host, as root; they must succeed. */
  sh(script: string, ...args: string[]): Promise<string>
  /** What a file of the host holds. */
  read(path: string): Promise<string>
  /** Writes a file as it stands, so that its owner and mode stay. */
  write(path: string, text: string): Promise<void>
  /** Type, owner, group and mode of a path itself. */
  about(path: string): Promise<string>
  /** Logs in to the tenant's database as its role, past PgBouncer. */
  logIn(password?: string): Promise<pg.Client>
  /** Runs SQL in the tenant's database as its role, with its password. */
  asTenant(text: string): Promise<void>
  /** Runs SQL as the administrator; answers the rows, columns divided by `|`. */
  sql(text: string, database?: string): Promise<string[]>
}

/** Connects before the tests of a file, and leaves everything as desired after them. */
export function estate(world: World, tenant: string): Estate {
  let remote: Connection
  let shipment: Shipment
  let all: Managed[]
  const look = (resources: readonly Managed[]) => inspect(remote, 'root', resources)
  const desire = (otherwise: Partial<Shipment> = {}) => {
    shipment = { ...shipmentFor(world, tenant, remote), ...otherwise }
    const { foundation, own, issued } = desiredIsolation(shipment)
    all = [...foundation, ...own, issued]
  }

  beforeAll(async () => {
    remote = await connectTo(world)
    desire()
  })

  // What one test could not put right must not fail the next.
  beforeEach(({ onTestFailed }) => onTestFailed(settle))

  afterAll(async () => {
    await settle()
    expect(await off()).toEqual({})
    await remote[Symbol.asyncDispose]()
  })

  async function settle(): Promise<void> {
    desire()
    await walk()
  }

  const off = async () => offIn(await look(all))

  function offIn({ findings }: Inspection): Off {
    return Object.fromEntries(
      findings.flatMap(({ address, verdict, differences, cause }): [string, Differs][] => {
        if (verdict === 'in-sync') return []
        if (verdict === 'unknown') return [[address, { unknown: cause! }]]
        const rows = differences.map(({ attribute, expected, actual }): Row => [attribute, expected, actual])
        return [[address, verdict === 'missing' ? { missing: rows } : { drifted: rows }]]
      })
    )
  }

  async function walk(seen: Inspection | null = null): Promise<Record<string, string[]>> {
    const done: Record<string, string[]> = {}
    const step = (address: string, work: (note: (text: string) => void) => Promise<void>) =>
      work((text) => (done[address] ??= []).push(text))
    const told: ProvisionChange[] = []
    let changes = 0
    const onChanged = () => (changes += 1)
    await converge({ remote, look, seen, step, onChange: (change) => told.push(change), onChanged }, all)
    expect(changes).toBe(Object.values(done).flat().length)
    const promised = told.filter(({ actions }) => actions.length > 0).map(({ address, actions }) => [address, actions])
    expect(done).toEqual(Object.fromEntries(promised))
    return done
  }

  async function remedies(): Promise<Record<string, string | undefined>> {
    const seen = await look(all)
    const told = all.flatMap((resource) => plan(seen, resource)?.told ?? [])
    return Object.fromEntries(told.map(({ address, remedy }) => [address, remedy]))
  }

  async function sh(script: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await world.exec(['sh', '-ec', script, 'sh', ...args])
    if (code !== 0) throw new Error(`${script}: ${stderr}`)
    return stdout
  }

  async function logIn(password?: string): Promise<pg.Client> {
    const { name: database, role: user, password: secret } = shipment.tenant.database!
    const { address, port } = world.host.postgres
    const stream = await remote.dial(address, port)
    const login = { database, user, password: password ?? shipment.secrets[secret]! }
    const client = new pg.Client({ ...login, stream: () => asSocket(stream) })
    await client.connect()
    return client
  }

  return {
    get shipment() {
      return shipment
    },
    get remote() {
      return remote
    },
    desire,
    resource: (address) => all.find((resource) => resource.address === address)!,
    off,
    converge: () => walk(),
    remedies,
    async mends(expected) {
      const seen = await look(all)
      expect(offIn(seen)).toEqual(expected)
      expect(due(await walk(seen))).toEqual(due(expected))
      const afterwards = await look(all)
      expect(offIn(afterwards)).toEqual({})
      expect(await walk(afterwards)).toEqual({})
    },
    async stays(expected, expectedRemedies) {
      expect(await off()).toEqual(expected)
      const told = await remedies()
      for (const [address, words] of Object.entries(expectedRemedies)) expect(told[address]).toContain(words)
      for (const address of Object.keys(await walk())) expect(expectedRemedies).not.toHaveProperty([address])
      const left = Object.entries(expected).filter(([address]) => address in expectedRemedies)
      expect(await off()).toEqual(Object.fromEntries(left))
    },
    sh,
    read: (path) => sh('cat -- "$1"', path),
    async write(path, text) {
      const { code, stderr } = await world.exec(['sh', '-c', 'cat >"$1"', 'sh', path], { input: text })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    },
    about: async (path) => (await sh('stat -c "%F %U %G %a" -- "$1"', path)).trim(),
    logIn,
    async asTenant(text) {
      const client = await logIn()
      try {
        await client.query(text)
      } finally {
        await client.end()
      }
    },
    async sql(text, database = 'postgres') {
      const options = [
        '-qXAt',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        '/run/postgresql',
        '-p',
        String(world.host.postgres.port)
      ]
      const { code, stdout, stderr } = await world.exec(['psql', ...options, database], { as: 'postgres', input: text })
      if (code !== 0) throw new Error(`${text}: ${stderr}`)
      return stdout.split('\n').filter((line) => line !== '')
    }
  }
}

/** Carries a change out but for its end, which has a program read its files again. */
export async function cutOff({ remote }: Estate, change: Change): Promise<void> {
  const { as, what, command, input } = change
  if (!('script' in command)) throw new Error(`${what} is no script`)
  const script = command.script.replace(/\nhang_up "\$\d" \w+$/, '')
  expect(script).not.toBe(command.script)
  const options = { as, step: what, deadlineMs: 60_000, ...(input === undefined ? {} : { input }) }
  expect(await remote.execute({ ...command, script }, options)).toMatchObject({ code: 0 })
}

/** PgBouncer waits 15 seconds after a login that the server refused, unless it is told otherwise. */
export function withoutPatience(world: World, { sh }: Estate): void {
  const { config, pid } = world.host.pgbouncer
  const change = (script: string) => sh('sed -i "$1" "$2"; kill -HUP "$(cat "$3")"', script, config, pid)
  beforeAll(() => change('/^\\[pgbouncer\\]$/a server_login_retry = 1'))
  afterAll(() => change('/^server_login_retry/d'))
}
