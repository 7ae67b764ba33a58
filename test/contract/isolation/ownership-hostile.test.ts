import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { drifted, estate, type Row } from './estate.ts'

const world = await cloned()
const name = 'otherbrand'
const tenant = estate(world, name)
const { sql, asTenant, mends, off, converge } = tenant
const within = (text: string) => sql(text, name)
const address = 'database.ownership'

const foreign = (what: string, owner = 'postgres'): Row => [`owner of ${what}`, name, owner]
const empty = () =>
  within(`set client_min_messages = warning;
  drop schema if exists test, "by hand" cascade; drop server if exists nowhere cascade;
  drop foreign data wrapper if exists nothing cascade`)

beforeEach(async () => {
  await empty()
  await asTenant('create schema test')
})
afterEach(empty)

test('names that mean something to a shell, to psql or to SQL', async () => {
  const names = [
    `it's`,
    'a "quoted" one',
    'two\nlines',
    `:role :'role' :"role" \\gexec`,
    '$create$ %I %s %%',
    `'; drop table test.victim; --`,
    '`touch /tmp/hostile-words`',
    'select',
    'Upper',
    'a.b',
    'naïve 🏖️',
    'x'.repeat(63)
  ]
  const quoted = names.map((each) => `"${each.replaceAll('"', '""')}"`)
  await asTenant('create table test.victim (id int)')
  const create = (each: string) => `create schema ${each}; create table test.${each} (${each} int);
    create function test.${each}(${each} int) returns int language sql as 'select 1';`
  await asTenant(quoted.map(create).join('\n'))
  await within(`do $$
    declare each record;
    begin
      for each in
        select format('schema %I', nspname) as what from pg_namespace
          where nspowner = '${name}'::regrole and nspname not in ('test', 'public')
        union all select format('table test.%I', relname) from pg_class
        where relnamespace = 'test'::regnamespace and relkind = 'r' and relname <> 'victim'
        union all select format('function %s', oid::regprocedure) from pg_proc where pronamespace = 'test'::regnamespace
      loop execute format('alter %s owner to yourbrand', each.what); end loop;
    end $$`)
  try {
    const found = ((await off())[address] as { drifted: Row[] }).drifted
    // Twenty are named, and the others counted.
    expect(found).toHaveLength(21)
    expect(found[20]).toEqual([`owner of ${3 * names.length - 20} more`, name, 'other roles'])
    expect(found.map(([attribute]) => attribute)).toContain(`owner of function test."it's"("it's" integer)`)
    expect(Object.keys(await converge())).toEqual([address])
    expect(await off()).toEqual({})
    expect(await within(`select to_regclass('test.victim') is not null`)).toEqual(['t'])
    expect((await world.exec(['test', '-e', '/tmp/hostile-words'])).code).toBe(1)
  } finally {
    await asTenant(quoted.map((each) => `drop schema if exists ${each};`).join('\n'))
  }
})

describe('what the tenant made is not run by the administrator', () => {
  /** Names that our queries use, taken by functions and operators that fit better and tell who ran them. */
  const traps = `
    create table test.caught (by text);
    grant all on test.caught to public;
    create function public.trap() returns text language plpgsql as
      'begin insert into test.caught values (session_user); return null; end';
    create function public.format(text, text, text) returns text language sql as 'select public.trap()';
    create function public.format(text, variadic text[]) returns text language sql as 'select public.trap()';
    create function public.quote_ident(name) returns text language sql as 'select public.trap()';
    create function public.pg_get_userbyid(oid) returns name language sql as 'select public.trap()::name';
    create function public.pg_get_function_identity_arguments(oid) returns text language sql as 'select public.trap()';
    create function public.json_array_elements(json) returns setof json language sql as
      'select json_build_object(''kind'', public.trap())';
    create function public.same(name, text) returns boolean language sql as 'select public.trap() is null';
    create function public.same(text, text) returns boolean language sql as 'select public.trap() is null';
    create function public.same(oid, oid) returns boolean language sql as 'select public.trap() is null';
    create function public.fetch(json, text) returns text language sql as 'select public.trap()';
    create operator public.= (leftarg = name, rightarg = text, function = public.same);
    create operator public.= (leftarg = text, rightarg = text, function = public.same);
    create operator public.= (leftarg = oid, rightarg = oid, function = public.same);
    create operator public.<> (leftarg = name, rightarg = text, function = public.same);
    create operator public.!~ (leftarg = name, rightarg = text, function = public.same);
    create operator public.->> (leftarg = json, rightarg = text, function = public.fetch);
    create view public.pg_roles as select public.trap()::name as rolname, 1::oid as oid;
    create view public.pg_namespace as select 1::oid as oid, public.trap()::name as nspname, 1::oid as nspowner;`
  const untrap = `drop view public.pg_roles, public.pg_namespace; drop operator public.= (name, text), public.= (text, text),
    public.= (oid, oid), public.<> (name, text), public.!~ (name, text), public.->> (json, text);
    drop function public.format(text, text, text), public.format(text, variadic text[]), public.quote_ident(name),
      public.pg_get_userbyid(oid), public.pg_get_function_identity_arguments(oid), public.json_array_elements(json),
      public.same(name, text), public.same(text, text), public.same(oid, oid), public.fetch(json, text), public.trap()`

  test("by a name that our queries use, before which the database looks in the tenant's schema", async () => {
    await asTenant(traps)
    await asTenant(`alter database ${name} set search_path = public, pg_catalog`)
    try {
      // The trap snaps where somebody walks into it.
      await within(`select format('%s', 'x', 'y')`)
      expect(await within('select by from test.caught')).toEqual(['postgres'])
      await within('truncate test.caught')
      await within('create table test.a (id int); alter function public.trap() owner to postgres')
      await mends({ [address]: drifted(foreign('function public.trap()'), foreign('table test.a')) })
      expect(await within('select * from test.caught')).toEqual([])
    } finally {
      await asTenant(`alter database ${name} reset search_path; set search_path = pg_catalog; ${untrap}`)
    }
  })

  test('by a default, a check, a rule, a trigger or an index of what is handed back', async () => {
    await asTenant(`create table test.caught (by text);
      create function test.note() returns int language plpgsql as
        'begin insert into test.caught values (session_user); return 1; end';
      create function test.trap() returns int language plpgsql immutable as 'begin return test.note(); end';
      create function test.trigger() returns trigger language plpgsql as
        'begin insert into test.caught values (session_user); return new; end';
      create domain test.d as int check (value >= test.trap());
      create table test.a (id int default test.trap() check (id >= test.trap()), other test.d);
      create trigger t after insert or update or delete or truncate on test.a execute function test.trigger();
      create rule r as on update to test.a do also select test.trap();
      create policy p on test.a using (test.trap() = 1); alter table test.a enable row level security, force row level security;
      create index i on test.a ((test.trap()));
      insert into test.a default values`)
    // Each trap snaps where somebody walks into it.
    expect((await within('select * from test.caught')).length).toBeGreaterThan(3)
    await within('truncate test.caught')
    await within('alter table test.a owner to postgres; alter domain test.d owner to yourbrand')
    await mends({ [address]: drifted(foreign('domain test.d', 'yourbrand'), foreign('table test.a')) })
    expect(await within('select * from test.caught')).toEqual([])
  })
})

describe('what runs as the administrator', () => {
  afterEach(() => within('drop event trigger if exists watch'))

  test('does not become what a tenant can replace: the function of an event trigger, one of an untrusted language', async () => {
    const functions = `select pg_get_userbyid(proowner) || ' ' || proname from pg_proc
      where pronamespace = 'test'::regnamespace order by proname`
    await within(`create function test.handler() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
      create function test.root(float8) returns float8 language internal as 'dsqrt';
      create function test.watch() returns event_trigger language plpgsql as 'begin end';
      create event trigger watch on ddl_command_end execute function test.watch();
      create function test.free() returns int language sql as 'select 1'`)
    await mends({ [address]: drifted(foreign('function test.free()')) })
    expect(await within(functions)).toEqual([`${name} free`, 'postgres handler', 'postgres root', 'postgres watch'])
    await expect(
      asTenant(`create or replace function test.watch() returns event_trigger language plpgsql as 'begin end'`)
    ).rejects.toThrow('must be owner of function watch')
  })

  test('is not what the tenant owned already, where an event trigger names it', async () => {
    await asTenant(`create table test.caught (by text);
      create function test.watch() returns event_trigger language plpgsql as
        'begin insert into test.caught values (session_user); end'`)
    await within('create event trigger watch on ddl_command_end execute function test.watch()')
    await within('create table test.a (id int)')
    expect(await within('select by from test.caught')).toEqual(['postgres'])
    await within('truncate test.caught')
    await mends({ [address]: drifted(foreign('table test.a')) })
    expect(await within('select * from test.caught')).toEqual([])
  })
})

describe('what the tenant sets for its database does not bind the administrator', () => {
  test.each([
    ['the role of all sessions', `role = '${name}'`],
    ['reading alone', 'default_transaction_read_only = on'],
    ['a short time', `statement_timeout = '1ms'`],
    ['backslashes', 'standard_conforming_strings = off']
  ])('%s', async (_, setting) => {
    await within('create table test.a (id int)')
    await asTenant(`alter database ${name} set ${setting}`)
    try {
      await mends({ [address]: drifted(foreign('table test.a')) })
    } finally {
      await sql(`alter database ${name} reset all`)
    }
  })
})

test('a lock that the tenant holds: it gives up soon, nothing is half done, and the next run does it', async () => {
  await within('create table test.a (id int); create table test.held (id int); grant all on test.held to public')
  const rows = drifted(foreign('table test.a'), foreign('table test.held'))
  const holder = await tenant.logIn()
  try {
    await holder.query('begin; select * from test.held')
    expect(await failureOf(converge())).toMatchObject({
      kind: 'provision',
      message: `could not hand 2 objects in ${name} to ${name} (exit code 3)`,
      where: `${address} on ${tenant.remote.name}`,
      log: expect.stringContaining('canceling statement due to lock timeout') as string
    })
    expect(await off()).toEqual({ [address]: rows })
  } finally {
    await holder.end()
  }
  await mends({ [address]: rows })
})
