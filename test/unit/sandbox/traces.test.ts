import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeTraces, tracesIn } from '../../sandbox/traces.ts'

let folder: string
const at = (name: string) => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-traces-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

test('what the machine had is back, and what the host made is gone', async () => {
  mkdirSync(at('was'))
  writeFileSync(at('was/mine'), 'as it was')
  mkdirSync(at('stays'))
  const traces = tracesIn(at('journal'))
  for (const name of ['was', 'was-not']) traces.path(at(name))
  for (const name of ['stays', 'made']) traces.folder(at(name))
  expect(existsSync(at('was'))).toBe(false)
  for (const name of ['was', 'was-not', 'made', 'stays/inside']) mkdirSync(at(name))
  writeFileSync(at('was/theirs'), '')

  await removeTraces(at('journal'))
  expect(readdirSync(folder).sort()).toEqual(['journal', 'stays', 'was'])
  expect(readdirSync(at('was'))).toEqual(['mine'])
  expect(readFileSync(at('was/mine'), 'utf8')).toBe('as it was')

  await removeTraces(at('journal'))
  expect(readdirSync(at('was'))).toEqual(['mine'])
})

test('one that was killed before it could move anything aside leaves all as it was', async () => {
  writeFileSync(at('was'), 'as it was')
  mkdirSync(at('was.before-sandbox-copying'))
  writeFileSync(at('journal'), `${JSON.stringify({ kind: 'aside', name: at('was') })}\n`)
  await removeTraces(at('journal'))
  expect(readdirSync(folder).sort()).toEqual(['journal', 'was'])
})
