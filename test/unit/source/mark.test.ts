import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clone, commitAt } from '../../../src/source/clone.ts'
import { markNow } from '../../../src/source/mark.ts'
import { marketingSource, scratch } from '../../../src/source/source.ts'
import type { Sourcing } from '../../../src/source/sourcing.ts'
import type { Marketing } from '../../../src/tenant/schema.ts'
import { serveRepositories } from '../../world/git-server.ts'
import { rejectionOf } from '../thrown.ts'

const folder = mkdtempSync(join(tmpdir(), 'mark-'))
const environment = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
const site = join(folder, 'acme/site.git')
const commits: string[] = []

const git = (...words: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=a', '-c', 'user.email=a@a.example', '-c', 'init.defaultBranch=main', ...words],
    {
      cwd: site,
      encoding: 'utf8',
      env: environment
    }
  ).trim()

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

let server: Awaited<ReturnType<typeof serveRepositories>>

beforeAll(async () => {
  server = await serveRepositories(folder, null)
  mkdirSync(site, { recursive: true })
  git('init', '--quiet')
  for (const page of ['one', 'two']) {
    writeFileSync(join(site, 'index.html'), page)
    git('add', '.')
    git('commit', '--quiet', '-m', page)
    commits.push(git('rev-parse', 'HEAD'))
  }
  git('tag', 'light', commits[0]!)
  git('tag', '-a', 'heavy', '-m', 'of the first', commits[0]!)
  git('branch', 'feature/x', commits[0]!)
  git('config', 'uploadpack.allowAnySHA1InWant', 'true')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

function sourcing(marketing: Partial<Marketing>): Sourcing {
  return {
    tenant: { name: 'acme', marketing: { source: 'site', ...marketing } },
    repository: folder,
    secrets: {},
    environment,
    gitServer: server.url,
    tell: () => undefined,
    signal: new AbortController().signal
  } as unknown as Sourcing
}

const cloned = (ref: string) => ({ repository: 'acme/site', ref })

test.each([
  ['a branch', 'main', 1],
  ['a branch with a slash', 'feature/x', 0],
  ['a tag', 'light', 0],
  ['an annotated tag', 'heavy', 0],
  ['a whole name', 'refs/heads/main', 1]
])('the commit of %s is the one that a clone stands at', async (_, ref, at) => {
  const given = sourcing({})
  expect(await commitAt(given, cloned(ref))).toBe(commits[at])
  await using work = await scratch()
  expect((await clone(given, cloned(ref), join(work.path, 'clone'))).commit).toBe(commits[at])
})

test('a commit is asked of nobody, and what is not there is an error', async () => {
  expect(await commitAt(sourcing({}), { repository: 'acme/nowhere', ref: 'a'.repeat(40) })).toBe('a'.repeat(40))
  expect(await rejectionOf(commitAt(sourcing({}), cloned('gone')))).toMatchObject({
    kind: 'source',
    message: `there is no gone in ${server.url}/acme/site.git`,
    where: 'tenants/acme/tenant.yml, marketing.source.ref'
  })
  expect(await rejectionOf(commitAt(sourcing({}), { repository: 'acme/nowhere', ref: 'main' }))).toMatchObject({
    kind: 'source'
  })
})

test.each<[string, Partial<Marketing>]>([
  ['a clone', { source: cloned('main') }],
  ['a clone that is built', { source: cloned('main'), build: ['true'] }],
  ['a folder that is built', { source: 'site', build: ['true'], output: '.' }]
])('%s has the same mark before it ships and when it ships', async (_, marketing) => {
  put('site/index.html', 'page')
  const given = sourcing(marketing)
  const now = await markNow(given)
  expect(now).not.toBeNull()
  await using work = await scratch()
  expect((await marketingSource(given, work.path)).mark).toBe(now)
})

test('the mark of a folder is another where its files or its build are, and only then', async () => {
  const built = { source: 'site', build: ['make'] }
  const marks = new Set<string | null>()
  for (const [page, more] of [
    ['page', {}],
    ['page', {}],
    ['another', {}],
    ['another', { build: ['make', 'all'] }],
    ['another', { output: 'out' }],
    ['another', { install: ['npm', 'ci'] }]
  ] as const) {
    put('site/index.html', page)
    marks.add(await markNow(sourcing({ ...built, ...more } as Partial<Marketing>)))
  }
  expect(marks.size).toBe(5)
})

test('files that are shipped as they are need no mark', async () => {
  expect(await markNow(sourcing({}))).toBeNull()
})
