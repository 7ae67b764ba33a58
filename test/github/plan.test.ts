import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeployCalls } from '../../src/tenant/deploy-matrix.ts'
import { generateTenants } from '../benchmark/tenants.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { actionEnvironment, actionPlaces, actionRun, type ActionRun } from '../world/action.ts'
import { repositoryAt, type Repository } from '../world/repository.ts'

/** The committed bundle, as a runner starts it: no host is needed. */
let folder: string
let repository: Repository
let first: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-plan-'))
  const path = join(folder, 'checkout')
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', path])
  // The first of them is a canary.
  generateTenants(path, 3)
  repository = repositoryAt(path)
  for (const name of ['t-00000', 't-00001', 't-00002']) repository.write(`sites/${name}/index.html`, '1')
  repository.write('apps/booking/package.json', '{}')
  first = repository.commit('The tenants')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function run(event: string, payload: unknown, extra: Record<string, string> = {}): Promise<ActionRun> {
  const work = mkdtempSync(join(folder, 'run-'))
  const places = actionPlaces(work)
  mkdirSync(places.temporary)
  for (const file of [places.output, places.summary]) writeFileSync(file, '')
  writeFileSync(join(work, 'event.json'), JSON.stringify(payload))
  const child = spawn(process.execPath, [join(checkout, 'dist/action/index.js')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      ...actionEnvironment(repository.path, places, { command: 'plan' }),
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: join(work, 'event.json'),
      ...extra
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const code = await new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? 128)))
  return actionRun({ code, stdout, stderr }, readFileSync(places.output, 'utf8'), readFileSync(places.summary, 'utf8'))
}

/** As in `t-00000 app`, of each job that a wave has. */
function jobs({ outputs }: ActionRun, wave: string): string[] {
  const { include } = JSON.parse(outputs[wave]!) as DeployCalls
  return include.flatMap(({ jobs: one }) =>
    'include' in one
      ? one.include.map(({ tenant, lane }) => `${tenant} ${lane}`)
      : one.tenant.map((tenant) => `${tenant} ${one.lane[0]}`)
  )
}

describe('a push', () => {
  it('that touches one tenant is about that one only', async () => {
    repository.write('tenants/t-00001/notes.md', '1')
    const after = repository.commit('One tenant')
    const ran = await run('push', { before: first, after })
    expect([ran.code, ran.stderr, ran.annotations]).toEqual([0, '', []])
    expect([jobs(ran, 'canary'), jobs(ran, 'rest'), jobs(ran, 'faulty')]).toEqual([[], ['t-00001 all'], []])
    expect(ran.outputs).toMatchObject({ 'at-once': '10', failures: '1' })
    expect(ran.summary).toContain('its folder tenants/t-00001 (<code>tenants/t-00001/notes.md</code>)')
    expect(ran.stdout).toContain('1 of 3 tenants')
  })

  it("that touches the app is about its lane of all, the canary first; another's faults hold nobody up", async () => {
    const before = repository.commit('Nothing')
    repository.write('apps/booking/package.json', '{ "private": true }')
    const manifest = repository.read('tenants/t-00002/tenant.yml')
    repository.write('tenants/t-00002/tenant.yml', manifest.replace('tls: acme', 'tls: some'))
    const ran = await run('push', { before, after: repository.commit('The app') })
    repository.write('tenants/t-00002/tenant.yml', manifest)
    repository.commit('Whole again')
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(jobs(ran, 'canary')).toEqual(['t-00000 app'])
    expect(jobs(ran, 'rest')).toEqual(['t-00001 app'])
    expect(jobs(ran, 'faulty')).toEqual(['t-00002 all'])
    expect(ran.annotations).toEqual([expect.stringContaining('file=tenants/t-00002/tenant.yml,line=3,')])
    expect(ran.annotations[0]).toMatch(/^::warning /)
  })

  it('to a pull request has no waves: nothing is deployed, and each tenant is looked at', async () => {
    const base = repository.commit('Before')
    repository.write('apps/booking/package.json', '{ "private": false }')
    const head = repository.commit('The app')
    const ran = await run('pull_request', { number: 7, pull_request: { base: { sha: base }, head: { sha: head } } })
    expect([jobs(ran, 'canary'), jobs(ran, 'faulty')]).toEqual([[], []])
    expect(jobs(ran, 'rest')).toEqual(['t-00000 app', 't-00001 app', 't-00002 app'])
  })

  it('of a new branch is about everybody, and says why', async () => {
    const ran = await run('push', { before: '0'.repeat(40), after: first })
    expect([jobs(ran, 'canary'), jobs(ran, 'rest')]).toEqual([['t-00000 all'], ['t-00001 all', 't-00002 all']])
    expect(ran.summary).toContain('the branch is new')
  })
})

it("a marketing repository's dispatch is about that tenant's marketing lane alone", async () => {
  const ran = await run('repository_dispatch', { client_payload: { tenant: 't-00000' }, sender: { login: 'octocat' } })
  expect([jobs(ran, 'canary'), jobs(ran, 'rest'), jobs(ran, 'faulty')]).toEqual([[], ['t-00000 marketing'], []])
})

it.each([
  ['repository_dispatch', { client_payload: { tenant: 'nobody' } }, 'there is no tenant "nobody"'],
  ['repository_dispatch', { client_payload: { tenant: 'a\n::set-output name=x::y' } }, 'has no client_payload.tenant'],
  ['schedule', {}, 'the event "schedule" does not say what to deploy']
])('%s %j is one clear error', async (event, payload, message) => {
  const ran = await run(event, payload)
  expect(ran.code).toBe(64)
  expect(ran.annotations).toEqual([expect.stringContaining(message)])
  expect(ran.outputs).toEqual({})
})

it('a deploy does not begin where too many of its run have failed, before it looks for its host', async () => {
  const answer = { data: { resource: { checkSuite: { checkRuns: { totalCount: 3 } } } } }
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const inputs = {
    INPUT_COMMAND: 'deploy',
    INPUT_TENANT: 't-00001',
    INPUT_FAILURES: '3',
    'INPUT_GITHUB-TOKEN': 'token'
  }
  const ran = await run('push', {}, { ...inputs, GITHUB_API_URL: api, GITHUB_GRAPHQL_URL: `${api}/graphql` })
  server.closeAllConnections()
  server.close()
  expect(ran.code).toBe(2)
  expect(ran.annotations).toEqual([expect.stringContaining('not deployed: 3 tenants failed, and fleet.yml stops at 3')])
})
