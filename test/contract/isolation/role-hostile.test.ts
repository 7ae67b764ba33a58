import { afterEach, beforeEach, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { estate } from './estate.ts'

const world = await cloned()
const role = 'otherbrand'
const tenant = estate(world, role)
const { sql, off, converge, desire } = tenant

/** Names that our SQL uses in the database `postgres`, taken by what fits their arguments better. */
const shapes = ['text, text', 'text, name', 'text, name, name', 'text, name, text', 'text, text, text']
const traps = shapes.map(
  (shape) => `create function public.format(${shape}) returns text language sql as 'select public.trap()';`
)

async function clean(): Promise<void> {
  await sql(`set client_min_messages = warning;
    drop function if exists ${shapes.map((shape) => `public.format(${shape})`).join(', ')};
    drop function if exists public.trap; drop table if exists public.caught;
    revoke create on schema public from public`)
}

beforeEach(clean)
afterEach(clean)

test('what a tenant made in the database `postgres` is not run by the administrator', async () => {
  // As every database was before PostgreSQL 15.
  await sql('grant create on schema public to public')
  await sql(`set role ${role};
    create table public.caught (by text);
    create function public.trap() returns text language plpgsql as
      'begin insert into public.caught values (session_user); return ''select 1''; end';
    ${traps.join('\n')}`)
  await sql(`select format('%s %s', 'a'::name, 'b'::name)`)
  expect(await sql('select by from public.caught')).toEqual(['postgres'])
  await sql('truncate public.caught')

  await sql(`alter role ${role} password 'hunter22'; grant yourbrand to ${role};
    grant connect on database ${role} to public`)
  expect(Object.keys(await converge())).toEqual(
    expect.arrayContaining(['database.role', 'database', 'pgbouncer.entry'])
  )
  expect(await off()).toEqual({})
  expect(await sql('select by from public.caught')).toEqual([])
})

test('a superuser of somebody else is not taken over, nor the administrator', async () => {
  const { tenant: manifest } = tenant.shipment
  await sql(`create role monitor superuser login password 'hunter22'`)
  try {
    for (const name of ['monitor', 'postgres']) {
      const before = await sql(`select * from pg_authid where rolname = '${name}'`)
      desire({ tenant: { ...manifest, database: { ...manifest.database!, role: name } } })
      expect(await failureOf(converge())).toMatchObject({
        kind: 'provision',
        message: expect.stringContaining("the database.role can't be used as it is") as string,
        remedy: expect.stringContaining('name another role') as string
      })
      expect(await sql(`select * from pg_authid where rolname = '${name}'`)).toEqual(before)
    }
  } finally {
    desire()
    await sql('drop role monitor')
  }
})
