import { expect, test } from 'vitest'
import type { ProcessFact } from '../../../src/facts/facts.ts'
import type { ProbeFact } from '../../../src/facts/port-facts.ts'
import { processResource } from '../../../src/resources/process.ts'
import { absent, file, layout, LIVE, OLD, tenant } from './acme.ts'

const resource = processResource(layout, tenant.app!, ['TOKEN', 'LANG', 'DATABASE_URL'])
type Facts = Parameters<typeof resource.compare>[0]

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const env = { PORT: '4101', RELEASE_ID: LIVE, NODE_ENV: 'production', HOSTNAME: '127.0.0.1' }
const running: ProcessFact = {
  name: `acme-${LIVE}`,
  status: 'online',
  pid: 7,
  restarts: 0,
  cwd: `/srv/tenants/acme/app/releases/${LIVE}`,
  env,
  overrides: [],
  startedAtMs: 0
}
const silent: ProbeFact = { ok: false, attempts: [{ ms: 1, error: 'ECONNREFUSED' }] }
const said = 'port 4101 is answered by account mallory, not by tenant-acme'
const squatted: ProbeFact = { ok: false, attempts: [{ ms: 1, error: said, foreign: ['mallory'] }] }
const answers = (release: string, status = 200): ProbeFact => ({ ok: true, attempts: [{ ms: 1, status, release }] })

function facts(changes: Partial<Facts> = {}, process: Partial<ProcessFact> | null = {}): Facts {
  return {
    releases: { current: LIVE, present: [LIVE], log: [] },
    onB: absent,
    processes: { daemon: true, nowMs: NOW, processes: process === null ? [] : [{ ...running, ...process }] },
    a: answers(LIVE),
    b: silent,
    ...changes
  }
}

const folder = `folder: /srv/tenants/acme/app/releases/${LIVE}, /srv/x`
const beside = { ...running, name: `acme-${OLD}` }
const loop = (restarts: number, minutes: number) => ({ restarts, startedAtMs: NOW - minutes * MINUTE })
const onB = { onB: file(''), a: silent, b: answers(LIVE) }

test.each<[string, Facts, string, string[]]>([
  ['on the first port', facts(), 'in-sync', []],
  ['on the second port', facts(onB, { env: { ...env, PORT: '4102' } }), 'in-sync', []],
  [
    'nothing is live',
    facts({ releases: { current: null, present: [], log: [] } }),
    'missing',
    ['process: a process, missing']
  ],
  ['it does not run', facts({}, null), 'missing', [`process: acme-${LIVE}, missing`]],
  ['only another runs', facts({}, { name: `acme-${OLD}` }), 'missing', [`process: acme-${LIVE}, missing`]],
  ['it keeps crashing', facts({ a: silent }, { status: 'errored' }), 'drifted', ['status: online, errored']],
  ['from another folder', facts({ a: silent }, { cwd: '/srv/x' }), 'drifted', [folder]],
  ['on the other port than nginx asks', facts(onB), 'drifted', ['PORT: 4102, 4101']],
  [
    'without its id',
    facts({}, { env: { ...env, RELEASE_ID: undefined! } }),
    'drifted',
    [`RELEASE_ID: ${LIVE}, not set`]
  ],
  [
    'in another mode, and open to others',
    facts({}, { env: { PORT: '4101', RELEASE_ID: LIVE, NODE_ENV: 'development' } }),
    'drifted',
    ['NODE_ENV: production, development', 'HOSTNAME: 127.0.0.1, not set']
  ],
  [
    'with a value that its release does not know of',
    facts({}, { overrides: ['TOKEN'] }),
    'drifted',
    ["TOKEN in PM2's environment: not set, set"]
  ],
  [
    'it comes and goes',
    facts({ a: silent }, loop(3, 0.5)),
    'drifted',
    ['restarts: none in the last 10 minutes, 3, the last less than a minute ago']
  ],
  [
    'it comes and goes, and answers now',
    facts({}, loop(12, 9.9)),
    'drifted',
    ['restarts: none in the last 10 minutes, 12, the last 9 minutes ago']
  ],
  ['it came and went', facts({}, loop(12, 10)), 'in-sync', []],
  ['it ended twice', facts({}, loop(2, 0)), 'in-sync', []],
  [
    'others run beside it',
    facts({ processes: { daemon: true, nowMs: NOW, processes: [{ ...running, name: 'by-hand' }, running, beside] } }),
    'drifted',
    [`other processes: none, acme-${OLD}, by-hand`]
  ],
  [
    'it is stopped, and another runs',
    facts({
      a: silent,
      processes: { daemon: true, nowMs: NOW, processes: [beside, { ...running, status: 'stopped', cwd: '/srv/x' }] }
    }),
    'drifted',
    ['status: online, stopped', `other processes: none, acme-${OLD}`]
  ],
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
  ['another account answers', facts({ a: squatted }), 'drifted', [`answer on port 4101: 200 from ${LIVE}, ${said}`]],
  [
    'another account answers, as it does not run',
    facts({ a: squatted }, null),
    'missing',
    [`process: acme-${LIVE}, missing`, `answer on port 4101: 200 from ${LIVE}, ${said}`]
  ],
  [
    'another account answers, as it ended',
    facts({ a: squatted }, { status: 'errored' }),
    'drifted',
    ['status: online, errored', `answer on port 4101: 200 from ${LIVE}, ${said}`]
  ],
  [
    'another account answers, as it can not bind the port',
    facts({ a: squatted }, loop(5, 0)),
    'drifted',
    [
      'restarts: none in the last 10 minutes, 5, the last less than a minute ago',
      `answer on port 4101: 200 from ${LIVE}, ${said}`
    ]
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

test('asks for what PM2 must not set, but for what it sets for every process', () => {
  expect(resource.requests.processes.watch).toEqual(['DATABASE_URL', 'TOKEN'])
})

test.each<[string, Facts, boolean]>([
  ['in sync', facts(), false],
  ['not there', facts({}, null), true],
  ['from another folder', facts({}, { cwd: '/srv/x' }), true],
  ['with another environment', facts({}, { env: { ...env, NODE_ENV: 'test' } }), true],
  ['with a value of PM2', facts({}, { overrides: ['TOKEN'] }), true],
  ['silent', facts({ a: silent }), true],
  ['silent, as it comes and goes', facts({ a: silent }, loop(5, 0)), true],
  ['squatted', facts({ a: squatted }), true],
  ['launching', facts({}, { status: 'launching' }), true],
  ['coming and going, and answering', facts({}, loop(5, 0)), false],
  ['not alone', facts({ processes: { daemon: true, nowMs: NOW, processes: [running, beside] } }), false]
])('%s: whether another process has to take its place', (_, given, expected) => {
  expect(resource.needsReplacing(given)).toBe(expected)
})
