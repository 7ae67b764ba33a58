import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { annotate, capped, complaintAnnotations, reportAnnotations } from '../../../src/github/annotations.ts'
import { actionsProgress, print } from '../../../src/github/log.ts'
import { outputsOf, setOutputs } from '../../../src/github/outputs.ts'
import { writeSummary } from '../../../src/github/summary.ts'
import { withoutCommands } from '../../../src/github/workflow-commands.ts'
import {
  failedLane,
  hostileNames,
  sampleBackup,
  sampleLane,
  sampleProvision,
  sampleReport,
  sampleRestore
} from '../report/sample.ts'

let printed = ''
let folder = ''
beforeEach(() => {
  printed = ''
  folder = mkdtempSync(join(tmpdir(), 'reporting-'))
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe('lines that would be commands to the runner', () => {
  it.each([
    ['::error::x', '\\x3a:error::x'],
    ['  \t::error::x', '  \t\\x3a:error::x'],
    ['\u00a0::error::x', '\u00a0\\x3a:error::x'],
    ['\u200b\ufe0f::error::x', '\u200b\ufe0f\\x3a:error::x'],
    ['text ##[group]x', 'text ##\\x5bgroup]x'],
    ['a\n::b::c\r::d::e', 'a\n\\x3a:b::c\n\\x3a:d::e'],
    ['std::vector', 'std::vector'],
    ['│ ::error::x', '│ ::error::x']
  ])('%j', (text, expected) => expect(withoutCommands(text)).toBe(expected))

  it('never reach the log', () => {
    for (const name of hostileNames) print(name)
    expect(printed).not.toMatch(/^\s*::/m)
    expect(printed).not.toContain('##[')
  })
})

it('folds what a build prints into a group, and closes it before the next line', () => {
  const progress = actionsProgress()
  progress.tell({ kind: 'lane', lane: 'app' })
  progress.tell({ kind: 'step-start', lane: 'app', name: 'build' })
  progress.tell({ kind: 'output', line: '::set-output name=x::y' })
  progress.tell({ kind: 'output', line: '##[group]fake' })
  progress.tell({ kind: 'step-end', lane: 'app', step: { name: 'build', ms: 2100, outcome: 'done' } })
  progress.stop()
  expect(printed.split('\n')).toEqual([
    'app',
    '::group::Output of app: build',
    '    │ ::set-output name=x::y',
    '    │ ##\\x5bgroup]fake',
    '::endgroup::',
    '  ✓ build            2.1 s',
    ''
  ])
})

it('adds to the summary, and warns where it can’t', async () => {
  const file = join(folder, 'summary.md')
  vi.stubEnv('GITHUB_STEP_SUMMARY', '')
  await writeSummary('lost')
  expect(printed).toMatch(/^::warning::the job summary could not be written: /)
  writeFileSync(file, 'before\n')
  vi.stubEnv('GITHUB_STEP_SUMMARY', file)
  await writeSummary('## Report\n')
  expect(readFileSync(file, 'utf8')).toMatch(/before\n[^]*## Report\n/)
})

describe('outputs', () => {
  it('say what shipped, and which release the app has', () => {
    const { report, ...outputs } = outputsOf(sampleReport({ lanes: [sampleLane('marketing'), sampleLane('app')] }))
    expect(outputs).toEqual({
      changed: true,
      'files-changed': 7,
      release: '20261122-100000-4f6a1c0',
      url: 'https://booking.yourbrand.test'
    })
    expect(JSON.parse(report).tenant).toBe('yourbrand')
  })

  it('count no file of a lane that failed', () => {
    const lanes = [sampleLane('app', failedLane)]
    expect(outputsOf(sampleReport({ changed: false, lanes }))).toMatchObject({ changed: false, 'files-changed': 0 })
  })

  it('say that something was changed where nothing shipped', () => {
    const report = sampleReport({ command: 'provision', lanes: [], provision: sampleProvision() })
    expect(outputsOf(report)).toMatchObject({ changed: true, 'files-changed': 0, release: '', url: '' })
  })

  it('of a large report fit into an environment variable', () => {
    const created = Array.from({ length: 20_000 }, (_, at) => `folder/日本語 ${at}.html`)
    const files = { created, changed: [], deleted: [], bytes: 1 }
    const { report } = outputsOf(sampleReport({ lanes: [sampleLane('app', { files })] }))
    expect(Buffer.byteLength(report)).toBeLessThan(128 * 1024)
    expect(JSON.parse(report).lanes[0].files.truncated.created).toBeGreaterThan(0)
  })

  it('are written to the file that the runner names, and warn where they can’t', () => {
    const file = join(folder, 'output')
    writeFileSync(file, '')
    vi.stubEnv('GITHUB_OUTPUT', file)
    setOutputs(sampleReport())
    expect(readFileSync(file, 'utf8')).toMatch(/files-changed<<(\S+)\n7\n\1\n/)
    vi.stubEnv('GITHUB_OUTPUT', join(folder, 'missing'))
    setOutputs(sampleReport())
    expect(printed).toMatch(/::warning::the outputs could not be written: /)
  })
})

describe('annotations', () => {
  const complaint = {
    file: 'tenants/a/tenant.yml',
    line: 3,
    column: 7,
    path: 'app.ports',
    message: 'taken',
    remedy: 'use 4103'
  }

  it('point at the line', () => {
    annotate(complaintAnnotations([complaint]))
    expect(printed).toBe(
      '::error title=Manifest%3A app.ports,file=tenants/a/tenant.yml,line=3,col=7::taken%0Ause 4103\n'
    )
  })

  it('are ten of a kind at most, the rest counted', () => {
    const all = capped([
      ...complaintAnnotations(Array.from({ length: 25 }, () => complaint)),
      { kind: 'warning', title: 'w', message: 'w' }
    ])
    expect(all).toHaveLength(11)
    expect(all[9]?.message).toBe('16 more errors: the log and the job summary have them all')
    expect(all[10]?.kind).toBe('warning')
  })

  it('say what failed and what to be wary of, in lines that are no commands', () => {
    const lanes = [sampleLane('app', failedLane), sampleLane('marketing', { warnings: hostileNames })]
    annotate(reportAnnotations(sampleReport({ lanes })))
    expect(printed).toMatch(/^::error title=yourbrand app%3A build failed::the build ended with code 1%0A/)
    expect(printed.trim().split('\n')).toHaveLength(11)
    expect(printed).not.toMatch(/[\u001b\u202e]/)
  })
  it('name each part of a run', () => {
    const failure = (step: string) => ({ step, kind: 'command' as const, message: 'no' })
    const annotations = reportAnnotations(
      sampleReport({
        lanes: [sampleLane('app', { warnings: ['of the app'] })],
        provision: sampleProvision({ failure: failure('account'), warnings: ['line one\nline two'] }),
        backup: sampleBackup({ failure: failure('dump') }),
        restore: sampleRestore({ failure: failure('swap'), warnings: ['of the restore'] }),
        failure: failure('connect')
      })
    )
    expect(annotations.map(({ kind, title, message }) => [kind, title, message])).toEqual([
      ['error', 'yourbrand provision: account failed', 'no'],
      ['error', 'yourbrand backup: dump failed', 'no'],
      ['error', 'yourbrand restore: swap failed', 'no'],
      ['error', 'yourbrand: connect failed', 'no'],
      ['warning', 'yourbrand provision', 'line one\nline two'],
      ['warning', 'yourbrand app', 'of the app'],
      ['warning', 'yourbrand restore', 'of the restore']
    ])
  })
})
