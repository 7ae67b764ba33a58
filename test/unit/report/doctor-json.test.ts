import { describe, expect, it } from 'vitest'
import { renderDoctorJson } from '../../../src/report/doctor-json.ts'
import {
  environmentFinding,
  hostileDoctor,
  sampleDoctor,
  sampleHost,
  sampleTenant,
  siteFinding
} from './doctor-sample.ts'
import { hostileNames } from './sample.ts'

const list = <T>(length: number, item: (at: number) => T) => Array.from({ length }, (_, at) => item(at))
const diff = list(5000, (at) => `+line ${at}`).join('\n')
const differences = list(20_000, (at) => ({ attribute: `attribute ${at}`, expected: 'x', actual: 'y' }))

it.each([
  ['some drifted', sampleDoctor()],
  ['text is hostile', hostileDoctor(hostileNames)]
])('is the report and nothing else where %s', (_, report) => {
  const json = renderDoctorJson(report)
  expect(json).toBe(`${JSON.stringify(report, null, 2)}\n`)
  expect(JSON.parse(json)).toEqual(report)
})

describe('with a limit', () => {
  const parse = (report = sampleDoctor(), maxBytes = 100_000) => {
    const json = renderDoctorJson(report, { maxBytes, compact: true })
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(maxBytes)
    return JSON.parse(json)
  }

  it('changes nothing in a report that fits', () => {
    expect(parse()).toEqual(sampleDoctor())
  })

  it('shortens lists of differences first, and counts what is left out', () => {
    const report = sampleDoctor({ findings: [{ ...siteFinding, differences }, environmentFinding] })
    const { findings, ...rest } = parse(report)
    expect(findings[0].differences.length).toBeGreaterThan(100)
    expect(findings[0].truncated).toEqual({ differences: 20_000 - findings[0].differences.length })
    expect(findings[0].diff).toBe(siteFinding.diff)
    expect(findings[0].consequences).toEqual(siteFinding.consequences)
    expect(findings[1]).toEqual(environmentFinding)
    expect({ ...rest, findings: report.findings }).toEqual(report)
  })

  it('then diffs, at their end', () => {
    const cause = 'c'.repeat(10_000)
    const findings = list(8, () => ({ ...siteFinding, differences, diff, cause }))
    for (const found of parse(sampleDoctor({ findings }), 150_000).findings) {
      expect(found.diff).toMatch(/^\+line 0\n[^]*\n… [\d,]+ more lines not shown$/)
      expect(found.differences).toHaveLength(16)
      expect(found.truncated).toEqual({ differences: 20_000 - 16 })
      expect(found.cause).toBe(cause)
    }
  })

  it('then long texts', () => {
    const log = `${'x'.repeat(500_000)} the end`
    const failure = { step: 'look', kind: 'internal' as const, message: 'no', log }
    const report = parse(sampleDoctor({ failure }))
    expect(report.failure.log).toMatch(/the end$/)
    expect(report.failure.message).toBe('no')
    expect(report.findings).toHaveLength(3)
  })

  it('then findings, and of tenants those that are in sync', () => {
    const tenants = list(3000, (at) => sampleTenant(`t${at}`, { health: at % 30 === 0 ? 'drifted' : 'in-sync' }))
    const findings = tenants.flatMap(({ tenant }) => list(4, () => ({ ...siteFinding, tenant })))
    const report = parse(sampleDoctor({ tenants, hosts: [sampleHost('alpha')], findings }))
    expect(report.truncated.findings + report.findings.length).toBe(12_000)
    expect(report.truncated.tenants + report.tenants.length).toBe(3000)
    expect(report.hosts).toHaveLength(1)
    expect(report.findings.length).toBeGreaterThan(100)
    expect(report.tenants.filter(({ health }: { health: string }) => health === 'drifted')).toHaveLength(100)
  })

  it.each([100_000, 10_000, 2_000])('holds for %i bytes whatever is long', (maxBytes) => {
    const long = hostileDoctor(hostileNames.map((name) => name.repeat(50)))
    expect(parse(long, maxBytes).command).toBe('doctor')
  })
})
