import { expect, test } from 'vitest'
import { doctorReport, finding, hostOf, tenantOf } from '../unit/github/drift/sample.ts'
import { faultyWay } from './faults.ts'
import type { Fault, FaultyWay } from './faults.ts'
import { issues, keepHere, onGitHub, openHere } from './world.ts'

onGitHub()

const tenants = ['yourbrand', 'otherbrand', 'thirdbrand']

const report = doctorReport(
  tenants.map((tenant) => finding({ tenant })),
  { tenants: tenants.map((name) => tenantOf(name, 'drifted')) }
)

async function keepOver(faults: Fault[], secondMs = 0, what = report): Promise<{ said: string[]; way: FaultyWay }> {
  await using way = await faultyWay(faults)
  const outcomes = await keepHere(what, { onCall: ['alice'] }, openHere({ baseUrl: way.url, secondMs }))
  const said = outcomes.map((one) => [one.tenant, one.action, one.note, ...one.warnings].filter(Boolean).join(': '))
  return { said, way }
}

const opening = /^POST \/repos\/acme\/tenants\/issues$/

test('what fails for one subject is its outcome, and the others go on', async () => {
  const { said } = await keepOver([{ on: opening, about: /otherbrand/, status: 422, message: 'Validation Failed' }])
  expect(said).toEqual([
    'yourbrand: created',
    'otherbrand: failed: Validation Failed (HTTP 422)',
    'thirdbrand: created'
  ])
  expect(await issues()).toHaveLength(2)
})

test('a fault of the server is met by asking again, a few times', async () => {
  const fault = { on: opening, about: /otherbrand/, status: 502, message: 'Bad Gateway' }
  const { said } = await keepOver([{ ...fault, times: 2 }])
  expect(said).toEqual(tenants.map((name) => `${name}: created`))
  const { said: inVain, way } = await keepOver([{ on: /^GET .*labels=drift/, status: 503, message: 'Unavailable' }])
  expect(inVain).toEqual(
    tenants.map((name) => `${name}: failed: the issues could not be listed: Unavailable (HTTP 503)`)
  )
  expect(way.asked.filter((line) => line.includes('labels=drift'))).toHaveLength(3)
})

test('an issue that was opened though the answer was lost is not opened twice', async () => {
  const { said } = await keepOver([
    { on: opening, about: /otherbrand/, status: 502, message: 'Bad Gateway', times: 1, after: true }
  ])
  expect(said[1]).toMatch(/^otherbrand: unchanged: #3 was a second issue/)
  expect((await issues()).map(({ title, state }) => [title, state])).toEqual([
    ['Drift: yourbrand', 'open'],
    ['Drift: otherbrand', 'open'],
    ['Drift: otherbrand', 'closed'],
    ['Drift: thirdbrand', 'open']
  ])
})

test.each([
  ['a secondary limit', 429, { 'retry-after': '2' }, 'You have exceeded a secondary rate limit'],
  [
    'the hourly limit, soon over',
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' },
    'rate limit exceeded'
  ]
])('%s is waited for', async (_, status, headers, message) => {
  const one = doctorReport([finding()], { hosts: [hostOf('web-1', 'in-sync')] })
  const { said, way } = await keepOver([{ on: opening, status, headers, message, times: 2 }], 1, one)
  expect(said).toEqual(['yourbrand: created'])
  expect(way.asked.filter((line) => opening.test(line))).toHaveLength(3)
})

test('a limit that lasts long is not waited for', async () => {
  const reset = String(Math.floor(Date.now() / 1000) + 1800)
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
  const { said, way } = await keepOver(
    [{ on: /labels=drift/, status: 403, headers, message: 'rate limit exceeded' }],
    1
  )
  expect(said[0]).toMatch(/failed: the issues could not be listed: rate limit exceeded \(HTTP 403\)$/)
  expect(way.asked.filter((line) => line.includes('labels=drift'))).toHaveLength(1)
})

test.each([
  [403, 'Resource not accessible by integration', /give the job the permission `issues: write`/],
  [410, 'Issues are disabled for this repo', /turn the issues on/]
])('HTTP %i says what to do', async (status, message, remedy) => {
  const { said } = await keepOver([{ on: opening, status, message }])
  for (const line of said) expect(line).toMatch(remedy)
})

test('where no GitHub answers, each subject has failed', async () => {
  // Its port is free again.
  const gone = await faultyWay([])
  await gone[Symbol.asyncDispose]()
  const outcomes = await keepHere(report, {}, openHere({ baseUrl: gone.url }))
  expect(outcomes.filter(({ topic }) => topic === 'drift').map(({ action }) => action)).toEqual(
    tenants.map(() => 'failed')
  )
  expect(outcomes[0]?.note).toMatch(/could not be listed: .*ECONNREFUSED/)
})
