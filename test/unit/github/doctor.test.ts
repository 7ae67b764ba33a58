import { expect, it } from 'vitest'
import { capped, doctorAnnotations } from '../../../src/github/annotations.ts'
import { doctorOutputs } from '../../../src/github/outputs.ts'
import { unseen } from '../report/closed.ts'
import {
  environmentFinding,
  hostileDoctor,
  inSyncDoctor,
  sampleDoctor,
  sampleHost,
  sampleTenant
} from '../report/doctor-sample.ts'
import { hostileNames } from '../report/sample.ts'

it('warns of each tenant and host that is not in sync, and says how to repair it', () => {
  expect(doctorAnnotations(sampleDoctor())).toEqual([
    {
      kind: 'warning',
      title: 'yourbrand on alpha: drifted',
      message:
        'drifted app.environment; repair: tenant deploy yourbrand app\n' +
        'drifted app.site; repair: see who edited the file by hand, and then: tenant deploy yourbrand'
    },
    {
      kind: 'warning',
      title: 'host beta: unknown',
      message: 'unknown host.connection; repair: see whether the host is up'
    },
    { kind: 'warning', title: 'otherbrand on beta: unknown', message: 'because of host.connection' }
  ])
  expect(doctorAnnotations(inSyncDoctor([sampleTenant('a')], [sampleHost('alpha')]))).toEqual([])
})

it('makes an error of a failure', () => {
  const failure = { step: 'look', kind: 'unreachable' as const, message: 'no answer', remedy: 'try again' }
  expect(doctorAnnotations(sampleDoctor({ tenants: [], hosts: [], findings: [], failure }))).toEqual([
    { kind: 'error', title: 'doctor: look failed', message: 'no answer\ntry again' }
  ])
})

it('shows those that drifted before those that are unknown, and few findings of each', () => {
  const tenants = Array.from({ length: 30 }, (_, at) =>
    sampleTenant(`t${at}`, { health: at < 20 ? 'unknown' : 'drifted' })
  )
  const findings = Array.from({ length: 8 }, () => ({ ...environmentFinding, tenant: 't20' }))
  const annotations = capped(doctorAnnotations(sampleDoctor({ tenants, hosts: [], findings })))
  expect(annotations).toHaveLength(10)
  expect(annotations.slice(0, 9).map(({ title }) => title)).toEqual(
    Array.from({ length: 9 }, (_, at) => `t${20 + at} on alpha: drifted`)
  )
  expect(annotations[0]?.message.split('\n')).toHaveLength(6)
  expect(annotations[0]?.message).toMatch(/\nand 3 more findings$/)
})

it('lets no text from outside hide or begin anything', () => {
  for (const { title, message } of doctorAnnotations(hostileDoctor(hostileNames))) {
    expect(title + message).not.toMatch(unseen)
    expect(title).not.toContain('\n')
  }
})

it('gives later steps the names of what drifted, and a report that fits into an environment variable', () => {
  const { drifted, report } = doctorOutputs(sampleDoctor())
  expect(JSON.parse(drifted)).toEqual(['yourbrand'])
  expect(JSON.parse(report)).toEqual(sampleDoctor())
  const findings = Array.from({ length: 5000 }, () => environmentFinding)
  const large = doctorOutputs(sampleDoctor({ findings })).report
  expect(Buffer.byteLength(large)).toBeLessThanOrEqual(100_000)
  expect(JSON.parse(large).truncated.findings).toBeGreaterThan(0)
})
