import { expect, test } from 'vitest'
import { Redaction } from '../../src/redaction.ts'
import type { Progress } from '../../src/report/report.ts'
import { sampleDoctor, siteFinding } from './report/doctor-sample.ts'
import { sampleLane, sampleReport } from './report/sample.ts'

const secret = 'p$ss word/1'

function redaction(): Redaction {
  const made = new Redaction()
  made.add([secret, 'first line\nsecond line', ''])
  return made
}

function told(progress: Progress[]): Progress[] {
  const all: Progress[] = []
  const { tell, end } = redaction().telling((one) => all.push(one))
  progress.forEach(tell)
  end()
  return all
}

test('takes out a value in each form in which a program prints it', () => {
  const forms = [
    secret,
    encodeURIComponent(secret),
    'p\\$ss word/1',
    'second line',
    Buffer.from(secret).toString('base64')
  ]
  for (const form of forms) expect(redaction().text(`a ${form} b`)).toMatch(/^a \*\*\*=* b$/)
  expect(redaction().text('nothing of it')).toBe('nothing of it')
})

test('what a program prints is told without it', () => {
  expect(told([{ kind: 'output', line: `x ${secret}` }])).toEqual([{ kind: 'output', line: 'x ***' }])
  expect(told([{ kind: 'message', text: secret }])).toEqual([{ kind: 'message', text: '***' }])
  expect(told([{ kind: 'lane', lane: 'app' }])).toEqual([{ kind: 'lane', lane: 'app' }])
})

test('a report loses it wherever a program has a say, and keeps its paths', () => {
  const failure = { step: 'build', kind: 'build' as const, message: `m ${secret}`, log: `l ${secret}` }
  const lane = sampleLane('app', {
    failure,
    warnings: [`w ${secret}`],
    probes: [{ url: 'http://a', ms: 1, ok: false, note: `n ${secret}` }],
    migrations: { applied: [], pending: ['a.sql'], sql: [{ name: 'a.sql', sql: `select '${secret}'`, bytes: 9 }] }
  })
  const report = sampleReport({ lanes: [lane], failure })
  const paths = structuredClone(lane.files)
  redaction().report(report)
  expect(report.failure).toEqual({ ...failure, message: 'm ***', log: 'l ***' })
  expect(report.lanes[0]).toMatchObject({ failure: report.failure, warnings: ['w ***'], probes: [{ note: 'n ***' }] })
  expect(report.lanes[0]!.migrations!.sql![0]!.sql).toBe("select '***'")
  expect(report.lanes[0]!.files).toEqual(paths)
})

test('so do provision, backup and restore', () => {
  const failure = { step: 'x', kind: 'command' as const, message: `m ${secret}` }
  const steps = [{ name: 'x', ms: 1, outcome: 'failed' as const, note: `n ${secret}` }]
  const differences = [{ attribute: 'a', expected: 'e', actual: secret }]
  const report = sampleReport({
    provision: {
      changed: true,
      steps,
      changes: [{ address: 'account', verdict: 'drifted', differences: structuredClone(differences), actions: [] }],
      findings: [{ address: 'account', verdict: 'unknown', differences, cause: secret }],
      warnings: [secret],
      failure
    },
    backup: { steps, made: null, path: null, copy: null, removed: [], failure },
    restore: {
      steps,
      backup: 'b',
      database: 'd',
      tables: 0,
      migrations: 0,
      replaced: null,
      warnings: [secret],
      failure
    }
  })
  redaction().report(report)
  expect(JSON.stringify(report)).not.toContain(secret)
  expect(JSON.stringify(report).split('***')).toHaveLength(12)
})

test('so does what doctor found, and its names and paths stay', () => {
  const finding = {
    ...structuredClone(siteFinding),
    differences: [{ attribute: 'content', expected: 'e', actual: `a ${secret}` }],
    diff: `-live ${secret}\n+desired`,
    cause: `c ${secret}`,
    remedy: `r ${secret}`,
    consequences: [{ tenant: 'yourbrand', address: 'app.public.health', summary: `s ${secret}` }]
  }
  const failure = { step: 'look', kind: 'command' as const, message: `m ${secret}`, log: `l ${secret}` }
  const report = sampleDoctor({ findings: [finding, siteFinding], failure })
  redaction().report(report)
  expect(report.failure).toEqual({ ...failure, message: 'm ***', log: 'l ***' })
  expect(report.findings).toEqual([
    {
      ...siteFinding,
      differences: [{ attribute: 'content', expected: 'e', actual: 'a ***' }],
      diff: '-live ***\n+desired',
      cause: 'c ***',
      remedy: 'r ***',
      consequences: [{ tenant: 'yourbrand', address: 'app.public.health', summary: 's ***' }]
    },
    siteFinding
  ])
})
