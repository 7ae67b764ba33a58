import { expect, test } from 'vitest'
import type { ProbeFact, ProcessFact } from '../../../src/facts/facts.ts'
import { processResource } from '../../../src/resources/process.ts'
import { absent, file, layout, LIVE, OLD, tenant } from './acme.ts'

const resource = processResource(layout, tenant.app!)
type Facts = Parameters<typeof resource.compare>[0]

const running: ProcessFact = {
  name: `acme-${LIVE}`,
  status: 'online',
  pid: 7,
  restarts: 0,
  cwd: `/srv/tenants/acme/app/releases/${LIVE}`,
  env: { PORT: '4101', RELEASE_ID: LIVE },
  startedAtMs: 0
}
const silent: ProbeFact = { ok: false, attempts: [{ ms: 1, error: 'ECONNREFUSED' }] }
const answers = (release: string, status = 200): ProbeFact => ({ ok: true, attempts: [{ ms: 1, status, release }] })

function facts(changes: Partial<Facts> = {}, process: Partial<ProcessFact> | null = {}): Facts {
  return {
    releases: { current: LIVE, present: [LIVE], log: [] },
    onB: absent,
    processes: { daemon: true, processes: process === null ? [] : [{ ...running, ...process }] },
    a: answers(LIVE),
    b: silent,
    ...changes
  }
}

const onB = { onB: file(''), a: silent, b: answers(LIVE) }

test.each<[string, Facts, string, string[]]>([
  ['on the first port', facts(), 'in-sync', []],
  ['on the second port', facts(onB, { env: { PORT: '4102', RELEASE_ID: LIVE } }), 'in-sync', []],
  [
    'nothing is live',
    facts({ releases: { current: null, present: [], log: [] } }),
    'missing',
    ['process: a process, missing']
  ],
  ['it does not run', facts({}, null), 'missing', [`process: acme-${LIVE}, missing`]],
  ['only another runs', facts({}, { name: `acme-${OLD}` }), 'missing', [`process: acme-${LIVE}, missing`]],
  [
    'it keeps crashing',
    facts({ a: silent }, { status: 'errored' }),
    'drifted',
    ['status: online, errored', `answer on port 4101: 200 from ${LIVE}, ECONNREFUSED`]
  ],
  [
    'from another folder',
    facts({}, { cwd: '/srv/x' }),
    'drifted',
    [`folder: /srv/tenants/acme/app/releases/${LIVE}, /srv/x`]
  ],
  ['on the other port than nginx asks', facts(onB), 'drifted', ['PORT: 4102, 4101']],
  ['without its id', facts({}, { env: { PORT: '4101' } }), 'drifted', [`RELEASE_ID: ${LIVE}, not set`]],
  [
    'another release answers',
    facts({ a: answers(OLD) }),
    'drifted',
    [`answer on port 4101: 200 from ${LIVE}, 200 from ${OLD}`]
  ],
  [
    'it answers with an error',
    facts({ a: answers(LIVE, 503) }),
    'drifted',
    [`answer on port 4101: 200 from ${LIVE}, 503 from ${LIVE}`]
  ],
  [
    'something else answers',
    facts({ a: { ok: false, attempts: [{ ms: 1, status: 200 }] } }),
    'drifted',
    [`answer on port 4101: 200 from ${LIVE}, 200 from something that names no release`]
  ],
  [
    'it was never asked',
    facts({ a: { ok: false, attempts: [] } }),
    'drifted',
    [`answer on port 4101: 200 from ${LIVE}, none`]
  ]
])('%s', (_, given, verdict, differences) => {
  const found = resource.compare(given)
  expect(found.verdict).toBe(verdict)
  expect(found.differences.map(({ attribute, expected, actual }) => `${attribute}: ${expected}, ${actual}`)).toEqual(
    differences
  )
})

test('asks both ports once, for whatever release answers', () => {
  const { a, b } = resource.requests
  expect([a, b]).toMatchObject(
    [4101, 4102].map((port) => ({ port, path: '/api/health', release: null, deadlineMs: 0 }))
  )
})
