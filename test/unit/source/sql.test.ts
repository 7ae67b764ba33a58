import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { transactionStatement } from '../../../src/source/sql.ts'

test.each([
  ['nothing', ''],
  ['only a comment', '-- commit;\n/* commit; */'],
  ['a table', 'create table a (b int);\ninsert into a values (1);'],
  ['a line comment', 'select 1; -- commit;\nselect 2;'],
  ['a block comment', 'select 1; /* commit; */ select 2;'],
  ['a nested block comment', 'select 1; /* a /* b */ commit; */ select 2'],
  ['a line comment inside a block comment', '/* -- */ select 1'],
  ['a string', "select '; commit;'"],
  ['a string over lines', "select '\ncommit;\n'"],
  ['a doubled quote', "select 'it''s; commit; '"],
  ['a backslash at the end of a plain string', "select 'C:\\'; select 'commit;'"],
  ['an escape string', "select E'it\\'s; commit; '"],
  ['an escape string that ends in a backslash', "select e'\\\\'; select 'commit;'"],
  ['an escape string that goes on', "select E'a'\n  'b\\'; commit; '"],
  ['a string with a comment inside', "select '/*', 1; select '*/'"],
  ['a string with a line comment inside', "select '--'; select 1"],
  ['a quoted name', 'select "a; commit;" from b'],
  ['a quoted name with a quote', 'select "a""; commit;"'],
  ['a semicolon in quotes', 'select \';\', ";", $$;$$'],
  ['a dollar-quoted body', 'do $$ begin commit; end $$;'],
  ['a tagged body', 'create function f() returns void as $body$ begin; end; $body$ language plpgsql'],
  ['a body in a body', 'do $a$ begin execute $b$ commit; $b$; commit; end $a$'],
  ['a dollar sign in a name', 'select a$b$ from c; select d$b$'],
  ['a case', 'select case when a then b end from c;'],
  ['a case over lines', 'update a set b = case\n  when c then 1\n  else 2\nend;'],
  ['a body of statements', 'create function f() returns int begin atomic select 1; select 2; end; select 1;'],
  ['an empty body', 'create procedure f() begin atomic end; select 1;'],
  ['a case in a body', 'create function f() returns int\nbegin atomic\n  select case when true then 1 end;\nEND;'],
  ['a savepoint', 'savepoint a; rollback to a; rollback to savepoint a; release savepoint a'],
  ['a savepoint, in more words', 'rollback work to savepoint a; rollback transaction to a;'],
  ['names that begin alike', 'select * from commits; delete from endings; select begin_at from x'],
  ['a column', 'alter table a add column "end" int'],
  ['a string that never ends', "select 'commit;"],
  ['a comment that never ends', 'select 1; /* commit;']
])('%s may stand in a migration', (_, sql) => {
  expect(transactionStatement(sql)).toBeNull()
})

test.each([
  ['begin; select 1;', 'begin'],
  ['BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE;', 'BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE'],
  ['start  transaction;', 'start  transaction'],
  ['select 1;\n\n  Commit ;', 'Commit'],
  ['commit', 'commit'],
  ['commit and chain;', 'commit and chain'],
  ['commit work;', 'commit work'],
  ["commit prepared 'x';", 'commit prepared'],
  ['end;', 'end'],
  ['end transaction;', 'end transaction'],
  ['rollback;', 'rollback'],
  ['rollback and chain;', 'rollback and chain'],
  ['abort;', 'abort'],
  ["prepare transaction 'x';", 'prepare transaction'],
  ['-- note\n/* a /* b */ */ commit;', 'commit'],
  ['select 1; /**/commit/**/;', 'commit'],
  ["select '/*'; commit; select '*/';", 'commit'],
  ["select '--'; commit;", 'commit'],
  ['-- /*\ncommit; -- */', 'commit'],
  ["-- it's\ncommit; select ''", 'commit'],
  ["select 'C:\\'; commit; select ''", 'commit'],
  ["select E'\\''; commit; select ''", 'commit'],
  ["select E'a' 'b\\'; commit; select ''", 'commit'],
  ["select namee'\\'; commit; select ''", 'commit'],
  ['select a$b$; commit; select c$b$', 'commit'],
  ['select $1$; commit; select $1$', 'commit'],
  ['do $$ begin end $$; commit;', 'commit'],
  ['do $a$ $b$ $a$; commit; select $b$', 'commit'],
  ['create function f() returns int begin atomic select 1; end; commit;', 'commit'],
  ['create procedure f() begin atomic end; commit;', 'commit'],
  ["select 'begin atomic'; commit;", 'commit'],
  ['select 1;\r\ncommit;\r\n', 'commit'],
  ['commit\nand chain;', 'commit']
])('%j is told', (sql, statement) => {
  expect(transactionStatement(sql)).toMatch(new RegExp(`^${statement}`))
})

test('a long script takes no longer than reading it', () => {
  const quotes = "'".repeat(100_001)
  expect(
    transactionStatement(`insert into a values ('${'x'.repeat(5_000_000)}');\n${'select 1;'.repeat(50_000)}`)
  ).toBeNull()
  expect(transactionStatement(`select ${quotes}`)).toBeNull()
  expect(transactionStatement(`${'/*'.repeat(50_000)} commit;`)).toBeNull()
})

test("the booking app's own migrations pass", () => {
  const folder = join(import.meta.dirname, '../../booking-app/migrations')
  const found = readdirSync(folder).map((name) => transactionStatement(readFileSync(join(folder, name), 'utf8')))
  expect(found.length).toBeGreaterThan(1)
  expect(found.filter((statement) => statement !== null)).toEqual([])
})
