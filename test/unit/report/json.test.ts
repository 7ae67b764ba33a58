import { describe, expect, it } from 'vitest'
import { renderJson } from '../../../src/report/json.ts'
import type { Report } from '../../../src/report/report.ts'
import { hostileNames, sampleBackupLine, sampleLane, sampleProvision, sampleReport } from './sample.ts'

it('is the report and nothing else, whatever files are named', () => {
  const report = sampleReport({
    lanes: [sampleLane('app', { files: { created: hostileNames, changed: [], deleted: [], bytes: 1 } })]
  })
  const json = renderJson(report)
  expect(json.endsWith('}\n')).toBe(true)
  expect(JSON.parse(json)).toEqual(report)
  expect(Object.keys(JSON.parse(json))).toEqual(Object.keys(report))
})

describe('with a limit', () => {
  const created = Array.from({ length: 20_000 }, (_, at) => `folder/${at}.html`)
  const files = { created, changed: ['one'], deleted: [], bytes: 1 }

  it('shortens lists of files first and counts what is left out', () => {
    const report = sampleReport({ lanes: [sampleLane('app', { files })] })
    const json = renderJson(report, { maxBytes: 100_000, compact: true })
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(100_000)
    const lane = JSON.parse(json).lanes[0]
    expect(lane.files.truncated).toEqual({ created: 20_000 - lane.files.created.length, changed: 0, deleted: 0 })
    expect(lane.files.created.length).toBeGreaterThan(1000)
    expect(lane.steps).toEqual(report.lanes[0]?.steps)
  })

  it('then cuts long texts, and still says what happened', () => {
    const failure = { step: 'build', kind: 'build' as const, message: 'no', log: `${'x'.repeat(500_000)} the end` }
    const json = renderJson(sampleReport({ lanes: [sampleLane('app', { files, failure })] }), { maxBytes: 50_000 })
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(50_000)
    const report = JSON.parse(json) as Report
    expect(report.lanes[0]?.failure?.log).toMatch(/the end$/)
    expect(report.lanes[0]?.failure?.message).toBe('no')
  })

  it('shortens lists of differences before any text, and counts what is left out', () => {
    const differences = Array.from({ length: 5000 }, (_, at) => ({
      attribute: `owner of table public.t${at}`,
      expected: 'yourbrand',
      actual: 'postgres'
    }))
    const change = { address: 'database.ownership', verdict: 'drifted' as const, differences, actions: ['hand over'] }
    const provision = sampleProvision({
      changes: [change, sampleProvision().changes[0]!],
      findings: [{ address: 'database.ownership', verdict: 'drifted', differences }]
    })
    const report = sampleReport({ provision, lanes: [sampleLane('app', { findings: provision.findings })] })
    const json = renderJson(report, { maxBytes: 100_000, compact: true })
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(100_000)
    const { provision: shown, lanes } = JSON.parse(json)
    for (const [owner] of [shown.changes, shown.findings, lanes[0].findings]) {
      expect(owner.differences.length).toBeGreaterThan(100)
      expect(owner.truncated).toBe(5000 - owner.differences.length)
    }
    expect(shown.changes[1]).toEqual(provision.changes[1])
    expect(shown.steps).toEqual(provision.steps)
  })

  it('holds for lists that nobody expects to be long', () => {
    const changes = Array.from({ length: 300 }, () => ({
      ...sampleProvision().changes[0]!,
      actions: Array.from({ length: 30 }, () => 'x'.repeat(300))
    }))
    const backups = Array.from({ length: 2000 }, () => sampleBackupLine({ by: 'x'.repeat(300) }))
    const json = renderJson(sampleReport({ provision: sampleProvision({ changes }), backups }), { maxBytes: 100_000 })
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(100_000)
  })

  it('changes nothing in a report that fits', () => {
    const report = sampleReport()
    expect(JSON.parse(renderJson(report, { maxBytes: 100_000 }))).toEqual(report)
  })
})
