import { expect, test } from 'vitest'
import { plan } from '../../../src/resources/converge.ts'
import { inspect } from '../../../src/resources/inspect.ts'
import { leaksIn, watchForLeaks } from '../../world/leaks.ts'
import { cloned } from '../../world/cloned.ts'
import { estate, withoutPatience } from './estate.ts'

const world = await cloned()
const name = 'otherbrand'
const tenant = estate(world, name)
const { sh, sql, off, converge } = tenant
withoutPatience(world, tenant)
const logs = ['/var/log/postgresql/postgresql-15-main.log', '/var/log/postgresql/pgbouncer.log']

test('no password and no verifier of it stands in a command line, in what is told, or in a log', async () => {
  const password = tenant.shipment.secrets['OTHERBRAND_DATABASE_PASSWORD']!
  const next = 'correct horse battery staple/%40'
  const secrets = { password, next }
  const verifiers: Record<string, string> = {}
  const told: string[] = []
  const keep = async (as: string) => {
    const [verifier] = await sql(`select rolpassword from pg_authid where rolname = '${name}'`)
    // The salt is no secret; the keys are.
    if (verifier !== undefined) verifiers[as] = verifier.slice(verifier.lastIndexOf('$') + 1)
  }
  const tell = async () => {
    const resources = ['database.role', 'database', 'pgbouncer.entry', 'pgbouncer.route'].map(tenant.resource)
    const seen = await inspect(tenant.remote, 'root', resources)
    const planned = resources.map((resource) => plan(seen, resource))
    told.push(
      JSON.stringify([
        seen.findings,
        planned.map((each) => each?.told),
        planned.map((each) => each?.changes.map(({ command }) => command))
      ])
    )
  }
  const marks = await Promise.all(logs.map((log) => sh('wc -c <"$1"', log)))
  await sql(`alter system set log_statement = 'all'`)
  await sql(`alter system set log_min_duration_statement = 0`)
  await sql(`alter system set log_parameter_max_length = -1`)
  await sql('select pg_reload_conf()')
  await keep('before')
  const watch = watchForLeaks(secrets, null)
  try {
    // A password that is changed, one that was never there, and a role that was never there.
    for (const [secret, statement] of [
      [next, null],
      [password, `alter role ${name} password null`],
      [
        password,
        `alter role ${name} rename to gone; select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`
      ]
    ] as const) {
      if (statement !== null) await sql(statement)
      tenant.desire({ secrets: { ...tenant.shipment.secrets, OTHERBRAND_DATABASE_PASSWORD: secret } })
      await tell()
      told.push(JSON.stringify(await converge()))
      expect(await off()).toEqual({})
      await tell()
      await keep(`verifier ${told.length}`)
    }
  } finally {
    for (const setting of ['log_statement', 'log_min_duration_statement', 'log_parameter_max_length'])
      await sql(`alter system reset ${setting}`)
    await sql('select pg_reload_conf(); drop role if exists gone')
  }
  const { leaks, commandLines } = watch.stop()
  expect(leaks).toEqual([])
  const lines = [...commandLines].join('\n')
  expect(lines).toContain('psql')
  expect(Object.keys(verifiers).length).toBeGreaterThan(2)
  expect(leaksIn(lines, verifiers)).toEqual([])
  expect(leaksIn(told.join('\n'), { ...secrets, ...verifiers })).toEqual([])
  for (const [index, log] of logs.entries()) {
    const text = await sh('tail -c "+$(($2 + 1))" -- "$1"', log, marks[index]!.trim())
    expect(text).toContain(name)
    expect(leaksIn(text, secrets)).toEqual([])
  }
  // It would have been seen: the statement that hands the verifier over is logged.
  expect(await sh('tail -c "+$(($2 + 1))" -- "$1"', logs[0]!, marks[0]!.trim())).toContain(`ALTER ROLE "${name}"`)
})
