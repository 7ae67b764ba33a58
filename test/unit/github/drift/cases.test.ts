import { expect, test } from 'vitest'
import { casesOf } from '../../../../src/github/drift/cases.ts'
import type { NightMemory } from '../../../../src/github/drift/nights.ts'
import type { DoctorReport, DoctorFinding } from '../../../../src/report/doctor-report.ts'
import { doctorReport, finding, hostFinding, hostOf, noAnswer, tenantOf } from './sample.ts'

const now = new Date('2026-11-26T02:00:00Z')
const never: NightMemory = { version: 1, unknown: {} }
const lastNight: NightMemory = {
  version: 1,
  unknown: { 'tenant:yourbrand': '2026-11-25', 'tenant:otherbrand': '2026-11-25', 'host:web-1': '2026-11-25' }
}

function presences(report: DoctorReport, seen = never): Record<string, [drift: string, unreachable: string]> {
  const cases = casesOf(report, seen, now)
  const of = (name: string) => cases.filter(({ subject }) => subject.name === name)
  return Object.fromEntries(
    [...report.hosts.map(({ host }) => host), ...report.tenants.map(({ tenant }) => tenant)].map((name) => [
      name,
      (['drift', 'unreachable'] as const).map((topic) => of(name).find((item) => item.topic === topic)!.presence) as [
        string,
        string
      ]
    ])
  )
}

const lost = (tenant: string, cause = noAnswer): DoctorFinding =>
  finding({ tenant, verdict: 'unknown', differences: [], cause })

const silent = (findings: DoctorFinding[], host: 'unknown' | 'in-sync' = 'unknown') =>
  doctorReport(findings, {
    tenants: [tenantOf('yourbrand', 'unknown'), tenantOf('otherbrand', 'unknown')],
    hosts: [hostOf('web-1', host)]
  })

test('in sync, drifted, and drifted beside what is unknown', () => {
  expect(presences(doctorReport())).toEqual({ 'web-1': ['gone', 'gone'], yourbrand: ['gone', 'gone'] })
  const partly = doctorReport([finding(), lost('yourbrand')])
  expect(presences(partly).yourbrand).toEqual(['there', 'first-night'])
  expect(presences(partly, lastNight).yourbrand).toEqual(['there', 'there'])
  const drift = casesOf(partly, never, now).find(
    ({ topic, subject }) => topic === 'drift' && subject.kind === 'tenant'
  )!
  expect([drift.findings.length, drift.unseen.length]).toEqual([1, 1])
})

test('unknown is told from the second night on', () => {
  const report = doctorReport([lost('yourbrand')], { tenants: [tenantOf('yourbrand', 'unknown')] })
  expect(presences(report).yourbrand).toEqual(['unclear', 'first-night'])
  expect(presences(report, lastNight).yourbrand).toEqual(['unclear', 'there'])
  const sameDay: NightMemory = { version: 1, unknown: { 'tenant:yourbrand': '2026-11-26' } }
  expect(presences(report, sameDay).yourbrand).toEqual(['unclear', 'first-night'])
})

test('a tenant that is unknown for its host alone is covered by it', () => {
  const report = silent([hostFinding(), lost('yourbrand'), lost('otherbrand', 'its daemon does not answer')])
  expect(presences(report, lastNight)).toEqual({
    'web-1': ['unclear', 'there'],
    yourbrand: ['unclear', 'covered'],
    otherbrand: ['unclear', 'there']
  })
  const host = casesOf(report, lastNight, now).find(
    ({ topic, subject }) => topic === 'unreachable' && subject.kind === 'host'
  )
  expect(host?.covers).toEqual(['yourbrand'])
})

test('a tenant of which nothing at all is said is covered as well', () => {
  expect(presences(silent([hostFinding()]), lastNight)).toMatchObject({
    yourbrand: ['unclear', 'covered'],
    otherbrand: ['unclear', 'covered']
  })
})

test('a host that could be looked at covers nobody', () => {
  expect(presences(silent([lost('yourbrand')], 'in-sync'), lastNight).yourbrand).toEqual(['unclear', 'there'])
})

test('a tenant that has drifted only by something of its host has no issue, and none is closed', () => {
  const consequences = [{ tenant: 'yourbrand', address: 'app.public', summary: 'no answer' }]
  const report = doctorReport([hostFinding({ verdict: 'drifted', address: 'host.nginx', consequences })], {
    hosts: [hostOf('web-1', 'drifted')]
  })
  expect(presences(report)).toEqual({ 'web-1': ['there', 'gone'], yourbrand: ['unclear', 'gone'] })
})

test('a run that looked at nothing has no cases', () => {
  const failure = { step: 'arguments', kind: 'usage', message: 'no' } as const
  expect(casesOf(doctorReport([finding()], { failure }), never, now)).toEqual([])
})
