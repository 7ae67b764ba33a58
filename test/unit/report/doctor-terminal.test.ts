import { describe, expect, it } from 'vitest'
import { width } from '../../../src/report/columns.ts'
import type { DoctorFinding, DoctorReport } from '../../../src/report/doctor-report.ts'
import { renderDoctorTerminal } from '../../../src/report/doctor-terminal.ts'
import { unseen } from './closed.ts'
import {
  environmentFinding,
  hostileDoctor,
  inSyncDoctor,
  sampleDoctor,
  sampleHost,
  sampleTenant,
  siteFinding
} from './doctor-sample.ts'
import { hostileNames } from './sample.ts'

const render = (report: DoctorReport, columns = 100) => renderDoctorTerminal(report, { color: false, width: columns })
const drifted = (...findings: DoctorFinding[]) =>
  sampleDoctor({
    tenants: [sampleTenant('yourbrand', { health: 'drifted' })],
    hosts: [sampleHost('alpha')],
    findings
  })
const list = <T>(length: number, item: (at: number) => T) => Array.from({ length }, (_, at) => item(at))

it('lists what was looked at, and then what was found, what follows from it and how to repair it', () => {
  expect(render(sampleDoctor()).split('\n')).toEqual([
    '3 tenants on 2 hosts: 1 tenant drifted, 1 tenant and 1 host unknown; 3 findings (12 s, by octocat, commit 4f6a1c0de9b2)',
    '',
    '✓ alpha         in sync  12 checked  3.2 s',
    '  ✓ harbour     in sync  31 checked',
    '  ⚠ yourbrand   drifted  31 checked, 2 findings',
    '? beta          unknown  0 checked, 1 finding  3.2 s',
    '  ? otherbrand  unknown  0 checked, because of host.connection',
    '',
    '⚠ yourbrand on alpha',
    '  drifted app.environment',
    '    mode: expected 0600, found 0644',
    '    repair:',
    '      tenant deploy yourbrand app',
    '  drifted app.site',
    '    content: expected 1f0c9e, found 77ab02',
    '      --- live',
    '      +++ desired',
    '      @@ -1,2 +1,2 @@',
    '       server {',
    '      -  keepalive_timeout 5s;',
    '      +  keepalive_timeout 65s;',
    '    also: app.public.health, app.public.release',
    '    repair: see who edited the file by hand, and then:',
    '      tenant deploy yourbrand',
    '',
    '? host beta',
    '  unknown host.connection',
    '    the host did not answer',
    '    │ ssh: connect to 192.0.2.7 port 22',
    '    │ ssh: timed out after 10 s',
    '    also: otherbrand account',
    '    repair: see whether the host is up',
    '',
    'exit code 1: something is not as it should be',
    ''
  ])
})

it('colours only when asked to', () => {
  expect(render(sampleDoctor())).not.toContain('\u001b')
  const colored = renderDoctorTerminal(sampleDoctor(), { color: true, width: 100 })
  expect(colored).toContain('\u001b[33m⚠')
  expect(colored).toContain('\u001b[36m?')
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(render(sampleDoctor()))
})

describe('with everything in sync', () => {
  it('is a line for each host and tenant, below each other whatever their names', () => {
    const report = inSyncDoctor([sampleTenant('yourbrand'), sampleTenant('日本語')], [sampleHost('alpha')])
    const lines = render(report).split('\n')
    expect(lines[0]).toMatch(/^2 tenants on 1 host: all in sync \(/)
    expect(lines.slice(1)).toEqual([
      '',
      '✓ alpha        in sync  12 checked  3.2 s',
      '  ✓ yourbrand  in sync  31 checked',
      '  ✓ 日本語     in sync  31 checked',
      ''
    ])
    expect(new Set(lines.slice(2, 5).map((line) => width(line.slice(0, line.indexOf('in sync'))))).size).toBe(1)
  })

  it('counts many tenants for each host, and shows those that are not in sync', () => {
    const tenants = list(200, (at) => sampleTenant(`t${at}`, { host: at % 2 === 0 ? 'alpha' : 'beta' }))
    tenants[7] = { ...tenants[7]!, health: 'drifted' }
    const finding = { ...environmentFinding, tenant: 't7', host: 'beta' }
    const report = sampleDoctor({ tenants, hosts: [sampleHost('alpha'), sampleHost('beta')], findings: [finding] })
    expect(render(report).split('\n').slice(1, 8)).toEqual([
      '',
      '✓ alpha          in sync  12 checked  3.2 s',
      '  ✓ 100 tenants  in sync  3,100 checked',
      '✓ beta           in sync  12 checked  3.2 s',
      '  ⚠ t7           drifted  31 checked, 1 finding',
      '  ✓ 99 tenants   in sync  3,069 checked',
      ''
    ])
  })

  it('counts many hosts too', () => {
    const tenants = list(200, (at) => sampleTenant(`t${at}`, { host: `h${at}` }))
    const report = inSyncDoctor(
      tenants,
      list(200, (at) => sampleHost(`h${at}`))
    )
    expect(render(report).split('\n').slice(1)).toEqual([
      '',
      '✓ 200 hosts    in sync  2,400 checked',
      '✓ 200 tenants  in sync  6,200 checked',
      ''
    ])
  })

  it('still names twenty', () => {
    const tenants = list(20, (at) => sampleTenant(`t${at}`))
    expect(render(inSyncDoctor(tenants, [sampleHost('alpha')]))).toMatch(/^ {2}✓ t19 +in sync  31 checked$/m)
  })
})

it('ends with a failure, and what it means', () => {
  const failure = {
    step: 'read the manifest',
    kind: 'manifest' as const,
    message: 'a.yml:3:7: taken',
    remedy: 'use 4103'
  }
  const report = sampleDoctor({ tenants: [], hosts: [], findings: [], exitCode: 64, failure })
  expect(render(report)).toBe(
    'doctor: failed (12 s, by octocat, commit 4f6a1c0de9b2)\n\n' +
      '✗ read the manifest failed\n  a.yml:3:7: taken\n  what to do: use 4103\n\n' +
      'exit code 64: bad usage or configuration; nothing was looked at\n'
  )
})

it('never breaks a command, and breaks everything else between words', () => {
  const remedy = `tenant restore yourbrand ./${'backups/'.repeat(10)}last.dump`
  const cause = 'word '.repeat(40).trim()
  const lines = render(drifted({ ...environmentFinding, remedy }, { ...environmentFinding, cause, remedy: cause }), 50)
  expect(lines).toContain(`\n      ${remedy}\n`)
  const words = lines.split('\n').filter((line) => line.includes('word word'))
  expect(words.length).toBeGreaterThan(8)
  for (const line of words) expect(line.length).toBeLessThanOrEqual(50)
})

describe('of very much', () => {
  it('cuts lists, diffs and logs to a screenful, and says how much is missing', () => {
    const differences = list(20_000, (at) => ({ attribute: `a${at}`, expected: 'x', actual: 'y' }))
    const diff = list(5000, (at) => `+line ${at}`).join('\n')
    const consequences = list(200, (at) => ({ tenant: `t${at}`, address: 'app.public', summary: 'answers 502' }))
    const finding = { ...siteFinding, differences, diff, consequences }
    const text = render(drifted(finding, ...list(80, () => environmentFinding)))
    expect(text).toContain('… and 19,980 more; --json lists all')
    expect(text).toMatch(/\n {6}… 4,\d\d\d more lines not shown\n/)
    expect(text).toMatch(/t19\s+app.public and\s+180\s+more/)
    expect(text).toContain('  … and 31 more findings; --json lists all')
    expect(text.split('\n').length).toBeLessThan(700)
  })

  it('shows every tenant that drifted', () => {
    const tenants = list(256, (at) => sampleTenant(`t${at}`, { health: 'drifted' }))
    const findings = tenants.map(({ tenant }) => ({ ...environmentFinding, tenant }))
    const text = render(sampleDoctor({ tenants, hosts: [sampleHost('alpha')], findings }))
    expect(text.match(/^ {2}⚠ t\d+ +drifted/gm)).toHaveLength(256)
    expect(text.match(/^⚠ t\d+ on alpha$/gm)).toHaveLength(256)
  })
})

it('lets no text from outside move a cursor or begin a line of its own', () => {
  const text = render(hostileDoctor(hostileNames))
  expect(text).not.toMatch(unseen)
  expect(text).not.toMatch(/^(::|##\[)/m)
})
