import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
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

describe('made by the administrator', () => {
  test.each([
    ['a table', 'create table test.a (id int primary key, text text)', ['table test.a']],
    [
      'a table with rows, an index and a trigger',
      `create table test.a (id int unique); insert into test.a values (1);
      create function test.f() returns trigger language plpgsql as 'begin return new; end';
      create trigger t before insert on test.a for each row execute function test.f()`,
      ['function test.f()', 'table test.a']
    ],
    ['a serial column and its sequence', 'create table test.a (id serial)', ['table test.a']],
    ['an identity column', 'create table test.a (id int generated always as identity)', ['table test.a']],
    ['a sequence by itself', 'create sequence test.s', ['sequence test.s']],
    ['a view', 'create view test.v as select 1', ['view test.v']],
    ['a materialized view', 'create materialized view test.m as select 1', ['materialized view test.m']],
    [
      'a table in parts',
      `create table test.p (id int) partition by range (id);
      create table test.p1 partition of test.p for values from (0) to (10);
      create table test.p2 partition of test.p default`,
      ['table test.p', 'table test.p1', 'table test.p2']
    ],
    [
      'a foreign table',
      `create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing;
      create foreign table test.f (id int) server nowhere`,
      ['foreign table test.f']
    ],
    ['an unlogged table', 'create unlogged table test.u (id int)', ['table test.u']],
    [
      'a function',
      `create function test.f(a int, b text default 'x') returns int language sql as 'select 1'`,
      ['function test.f(a integer, b text)']
    ],
    [
      'functions of one name',
      `create function test.f() returns int language sql as 'select 1';
      create function test.f(variadic test int[]) returns int language sql as 'select 1';
      create function test.f(out a int, inout b text) language sql as 'select 1, $1'`,
      ['function test.f()', 'function test.f(OUT a integer, INOUT b text)', 'function test.f(VARIADIC test integer[])']
    ],
    [
      'a window function',
      `create function test.w() returns bigint language plpgsql window as 'begin return 1; end'`,
      ['function test.w()']
    ],
    [
      'a procedure',
      `create procedure test.p(inout a int) language sql as 'select 1'`,
      ['procedure test.p(INOUT a integer)']
    ],
    [
      'aggregates',
      `create aggregate test.total(int) (sfunc = int4pl, stype = int);
      create aggregate test.times(*) (sfunc = int8inc, stype = bigint, initcond = '0');
      create aggregate test.middle(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal,
        finalfunc = percentile_disc_final, finalfunc_extra)`,
      [
        'aggregate test.middle(double precision ORDER BY anyelement)',
        'aggregate test.times(*)',
        'aggregate test.total(integer)'
      ]
    ],
    [
      'types of every sort',
      `create type test.c as (a int); create type test.e as enum ('a');
      create type test.r as range (subtype = float8); create domain test.d as int check (value > 0)`,
      ['domain test.d', 'type test.c', 'type test.e', 'type test.r']
    ],
    [
      'a schema and what is in it',
      `create schema "by hand"; create table "by hand".a (id int);
      create type "by hand".e as enum ()`,
      ['schema "by hand"', 'table "by hand".a', 'type "by hand".e']
    ]
  ] as [string, string, string[]][])('%s', async (_, statements, objects) => {
    await within(statements)
    await mends({ [address]: drifted(...objects.map((each) => foreign(each))) })
    const left = `select 'x' from pg_class where relowner <> '${name}'::regrole and relnamespace::regnamespace::text in ('test', '"by hand"')`
    expect(await within(left)).toEqual([])
  })

  test('the schema public', async () => {
    await within('alter schema public owner to postgres')
    await mends({ [address]: drifted(foreign('schema public')) })
    await within('alter schema public owner to pg_database_owner')
  })
})

test('what belongs to the neighbour, beside what belongs to the administrator and to the tenant', async () => {
  await asTenant('create table test.own (id int); create view test.shown as select * from test.own')
  await within(`create table test.a (id int); create table test.b (id int); create sequence test.s;
    create function test.f() returns int language sql as 'select 1'; create schema "by hand";
    alter table test.b owner to yourbrand; alter function test.f() owner to yourbrand; alter view test.shown owner to yourbrand;
    alter schema "by hand" owner to yourbrand; alter sequence test.s owner to yourbrand`)
  await mends({
    [address]: drifted(
      foreign('function test.f()', 'yourbrand'),
      foreign('schema "by hand"', 'yourbrand'),
      foreign('sequence test.s', 'yourbrand'),
      foreign('table test.a'),
      foreign('table test.b', 'yourbrand'),
      foreign('view test.shown', 'yourbrand')
    )
  })
})

test('a table that a tenant could not read is its own again, with its rows', async () => {
  await within('create table test.bookings (id int); insert into test.bookings values (1), (2)')
  await expect(asTenant('select * from test.bookings')).rejects.toThrow('permission denied')
  await converge()
  await asTenant('alter table test.bookings add note text; delete from test.bookings where id = 1')
  expect(await within('select id from test.bookings')).toEqual(['2'])
})

test('what an extension brought stays, whoever made the extension', async () => {
  await within('create extension hstore schema test')
  await asTenant('create extension citext schema test')
  const owners = `select distinct pg_get_userbyid(proowner) from pg_proc where pronamespace = 'test'::regnamespace`
  expect(await within(owners)).toEqual(['postgres'])
  expect(await off()).toEqual({})
  await within('create table test.a (names test.hstore)')
  await mends({ [address]: drifted(foreign('table test.a')) })
  expect(await within(owners)).toEqual(['postgres'])
})

test('more than are named at once', async () => {
  await within(
    `do $$ begin for n in 1..1020 loop execute format('create type test.t%s as enum ()', n); end loop; end $$`
  )
  const found = ((await off())[address] as { drifted: Row[] }).drifted
  expect(found.slice(-2)).toEqual([foreign('type test.t1015'), ['owner of 1000 more', name, 'other roles']])
  expect(await converge()).toEqual({ [address]: [`hand 1020 objects in ${name} to ${name}`] })
  expect(await off()).toEqual({})
  expect(await converge()).toEqual({})
})
