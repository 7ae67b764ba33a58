import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as core from '@actions/core'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { annotate, doctorAnnotations, reportAnnotations } from '../../src/github/annotations.ts'
import { actionsProgress, print, warn } from '../../src/github/log.ts'
import { setOutputs } from '../../src/github/outputs.ts'
import { writePreview } from '../../src/github/preview/file.ts'
import { writeSummary } from '../../src/github/summary.ts'
import { Redaction, redaction } from '../../src/redaction.ts'
import { renderDoctorJson } from '../../src/report/doctor-json.ts'
import { renderDoctorMarkdown } from '../../src/report/doctor-markdown.ts'
import type { DoctorReport } from '../../src/report/doctor-report.ts'
import { renderDoctorTerminal } from '../../src/report/doctor-terminal.ts'
import { renderJson } from '../../src/report/json.ts'
import { logJson, logLines } from '../../src/report/log-lines.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderPreview } from '../../src/report/preview-markdown.ts'
import { terminalProgress } from '../../src/report/progress.ts'
import type { Progress, Report } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { sampleDoctor, siteFinding } from './report/doctor-sample.ts'
import { sampleLane, sampleReport } from './report/sample.ts'

const secret = 'hunter2_<b>&"q"-tail\u00e9'
const [head, tail] = [secret.slice(0, 7), secret.slice(7)]
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** What a program prints of a secret, and what a reader gets of it. */
const interleavings: [string, string][] = [
  ['as it is', secret],
  ['a colour inside', `${head}\x1b[1;31m${tail}`],
  ['a colour behind each character', secret.split('').join('\x1b[0m')],
  ['a colour with a C1 character', `${head}\x9b31m${tail}`],
  ['a colour in a newer form', `${head}\x1b[38:2::255:0:0m${tail}`],
  ['a title inside', `${head}\x1b]0;title\x07${tail}`],
  ['a link inside', `${head}\x1b]8;;https://example.com\x1b\\${tail}`],
  ['a title that holds it', `\x1b]0;${secret}\x07`],
  ['a device string inside', `${head}\x1bPq\x1b\\${tail}`],
  ['a character set inside', `${head}\x1b(B${tail}`],
  ['a saved cursor inside', `${head}\x1b7${tail}`],
  ['a sequence that ends nowhere', `${head}\x1b${tail}`],
  ['a zero-width space inside', `${head}\u200b${tail}`],
  ['a soft hyphen inside', `${head}\u00ad${tail}`],
  ['a variation selector inside', `${head}\ufe0f${tail}`],
  ['a filler inside', `${head}\u3164${tail}`],
  ['a combining joiner inside', `${head}\u034f${tail}`],
  ['a bidirectional override inside', `${head}\u202e${tail}`],
  ['a tag inside', `${head}\u{e0041}${tail}`],
  ['half a character inside', `${head}\ud800${tail}`],
  ['a NUL inside', `${head}\0${tail}`],
  ['a bell inside', `${head}\x07${tail}`],
  ['a C1 character inside', `${head}\x85${tail}`],
  ['a tabulator inside', `${head}\t${tail}`],
  ['a line separator inside', `${head}\u2028${tail}`],
  ['a carriage return inside', `${head}\r${tail}`],
  ['a line that is redrawn', `wait\r${head}\x1b[K${tail}`],
  ['a newline inside', `${head}\n${tail}`],
  ['a line for each character', secret.split('').join('\n')],
  ['a backspace and a wrong character', `${head}X\b${tail}`],
  ['a backspace alone', `${head}\b${tail}`],
  ['a cursor that goes back', `${head}XY\x1b[2D${tail}`],
  ['entities', secret.replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`)],
  ['entities by name', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
  ['hexadecimal entities', secret.replaceAll('<', '&#x3C;')],
  ['a URL in lower case', encodeURIComponent(secret).toLowerCase()],
  ['hexadecimal', Buffer.from(secret).toString('hex')],
  ...['', 'x', 'xy'].map((before): [string, string] => [
    `base64 behind "${before}"`,
    base64(`${before}${secret} and more`)
  ]),
  ['base64 in lines', base64(secret).replace(/.{8}/g, '$&\n')]
]

/** A text without anything that is not seen, by other means than the source's; what is left may not hold the secret. */
function readers(text: string): string[] {
  const decoded = text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
  const unescaped = decoded.replace(/\\u([0-9a-f]{4})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  const bare = unescaped
    .replace(/\x1b\[[0-9;:?]*[A-Za-z]|\x9b[0-9;]*m|\x1b\].*?(\x07|\x1b\\)|\x1bP.*?\x1b\\|\x1b\(B|\x1b7/gs, '')
    .replace(/\\[nrt]|\\x[0-9a-f]{2}|\\"/g, (found) => (found === '\\"' ? '"' : ''))
  const visible = bare.replace(/[^\x21-\x7e\u00e9]/g, '')
  return [text, decoded, unescaped, bare, visible, visible.replaceAll('│', '')].map((one) => one.toLowerCase())
}

const forms = [
  secret,
  tail,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('hex'),
  base64(secret).slice(0, 16)
]

function expectHidden(said: string, how: string): void {
  for (const seen of readers(said))
    for (const form of forms) expect(seen.includes(form.toLowerCase()), `${how}: ${JSON.stringify(said)}`).toBe(false)
  // A title goes with all that it carries.
  if (how !== 'a title that holds it') expect(said, how).toContain('***')
}

const failure = (text: string) => ({
  step: 'build',
  kind: 'build' as const,
  message: `m ${text}`,
  where: `w ${text}`,
  remedy: `r ${text}`,
  log: `l ${text}`
})
function reportWith(text: string): Report {
  const lane = sampleLane('app', {
    failure: failure(text),
    warnings: [`first ${text}\nsecond ${text}`],
    uncompared: text,
    url: text,
    files: { created: [text], changed: [], deleted: [], bytes: 1 },
    probes: [{ url: text, ms: 1, ok: false, note: text }],
    site: { path: text, changed: true, reloaded: true, diff: `-${text}\n+x` },
    migrations: { applied: [text], pending: ['a.sql'], sql: [{ name: 'a.sql', sql: `select '${text}'`, bytes: 9 }] },
    findings: [
      {
        address: text,
        verdict: 'drifted',
        differences: [{ attribute: text, expected: text, actual: text }],
        cause: text
      }
    ],
    steps: [{ name: text, ms: 1, outcome: 'failed', note: text }]
  })
  return sampleReport({ lanes: [lane], failure: failure(text), dryRun: true, outcome: 'failed', exitCode: 2 })
}
function doctorWith(text: string): DoctorReport {
  const finding = {
    ...siteFinding,
    address: text,
    differences: [{ attribute: text, expected: text, actual: text }],
    diff: `-${text}\n+x`,
    cause: text,
    remedy: text,
    consequences: [{ tenant: 'yourbrand', address: text, summary: text }]
  }
  return sampleDoctor({ findings: [finding], failure: failure(text) })
}
function redacted<T extends Report | DoctorReport>(report: T): T {
  redaction.report(report)
  return report
}

let printed = ''
const folder = mkdtempSync(join(tmpdir(), 'hostile-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  redaction.add([secret])
  writeFileSync(join(folder, 'output'), '')
  vi.stubEnv('GITHUB_OUTPUT', join(folder, 'output'))
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const terminal = { color: true, width: 60 }
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const progress = (text: string): Progress[] => [
  { kind: 'step-start', lane: 'app', name: text },
  ...text.split('\n').map((line): Progress => ({ kind: 'output', line })),
  { kind: 'message', text },
  { kind: 'step-end', lane: 'app', step: { name: 'build', ms: 1, outcome: 'failed', note: text } }
]
function tellAll(text: string, tell: (one: Progress) => void): void {
  const told = redaction.telling(tell)
  progress(text).forEach(told.tell)
  told.end()
}

/** Everything that is shown, printed, written or sent, of a text that a program had a say in. */
const sinks: [string, (text: string) => string | Promise<string>][] = [
  ['the terminal', (text) => renderTerminal(redacted(reportWith(text)), terminal)],
  ['the summary', (text) => renderMarkdown(redacted(reportWith(text)))],
  ['JSON', (text) => renderJson(redacted(reportWith(text)))],
  ['doctor at the terminal', (text) => renderDoctorTerminal(redacted(doctorWith(text)), terminal)],
  ["doctor's summary", (text) => renderDoctorMarkdown(redacted(doctorWith(text)))],
  ["doctor's JSON", (text) => renderDoctorJson(redacted(doctorWith(text)))],
  ...[false, true].map((isTTY): [string, (text: string) => string] => [
    `progress ${isTTY ? 'on a terminal' : 'in lines'}`,
    (text) => {
      let written = ''
      const stream = { write: (part: string) => void (written += part), isTTY, columns: 400 }
      const shown = terminalProgress(stream, { color: true, verbose: true })
      tellAll(text, shown.tell)
      shown.stop()
      return written
    }
  ]),
  [
    'the log of a workflow',
    (text) => {
      tellAll(text, actionsProgress().tell)
      return printed
    }
  ],
  [
    'annotations',
    (text) => {
      annotate([...reportAnnotations(redacted(reportWith(text))), ...doctorAnnotations(redacted(doctorWith(text)))])
      annotate([{ kind: 'error', title: `t ${text}`, message: `m ${text}` }])
      return printed.replaceAll(/%0A|%0D|%25/g, (code) => decodeURIComponent(code))
    }
  ],
  [
    'what is said in a workflow',
    (text) => {
      print(`a ${text}`)
      warn(`b ${text}`)
      return printed.replaceAll(/%0A|%0D|%25/g, (code) => decodeURIComponent(code))
    }
  ],
  [
    'the job summary',
    async (text) => {
      // The file of the real one is chosen once in a process.
      const added = vi.spyOn(core.summary, 'addRaw').mockReturnValue({ write: () => undefined } as never)
      await writeSummary(`# a\n\n${text}\n`)
      return added.mock.calls.flat().join('')
    }
  ],
  ['outputs', (text) => (setOutputs(redacted(reportWith(text))), read('output'))],
  [
    'a preview and its comment',
    (text) => {
      const report = redacted(reportWith(text))
      const preview = { tenant: 'yourbrand', lanes: [], commit: null, compared: 'host' as const, note: null, report }
      writePreview(join(folder, 'preview'), preview)
      const tenants = [{ tenant: 'yourbrand', lanes: 'all' as const, preview }]
      return (
        read('preview') + renderPreview({ tenants, commit: null, run: null, complaints: [] }, { maxBytes: 900_000 })
      )
    }
  ],
  ...[logLines(['app'], true), logJson].map((line, at): [string, (text: string) => string] => [
    `logs ${at === 0 ? 'in columns' : 'as JSON'}`,
    (text) => {
      const entry = { at: '2026-11-26T02:00:00Z', lane: 'app' as const, source: 'out' as const }
      const shown = redaction.lines()(text.split('\n'))
      return shown.map((one) => line({ ...entry, text: one })).join('\n')
    }
  ]),
  ['the stack of an error', (text) => redaction.text(new Error(text).stack!)]
]

describe.each(sinks)('%s', (_, sink) => {
  test.each(interleavings)('hides a secret with %s', async (how, text) => {
    expectHidden(await sink(text), how)
  })
})

test('names and words that programs read stay, whatever a secret is', () => {
  const own = new Redaction()
  own.add(['yourbrand', 'deploy', 'alpha', 'drifted'])
  const [report, doctor] = [reportWith('x'), doctorWith('x')]
  own.report(report)
  own.report(doctor)
  expect([report.tenant, report.command]).toEqual(['yourbrand', 'deploy'])
  expect(doctor.findings[0]).toMatchObject({ tenant: 'yourbrand', host: 'alpha', verdict: 'drifted' })
})

test('what is around a secret stays as it is, and so do lines', () => {
  const own = new Redaction()
  own.add(['hunter2', 'hunter2-long'])
  const text = '\x1b[31ma\x1b[0m hun\nter2 b\n\u200bc &lt; hunter2-long\thunter2hunter2'
  expect(own.text(text)).toBe('\x1b[31ma\x1b[0m ***\n*** b\n\u200bc &lt; ***\t******')
})

test('a line that may begin a secret waits for the next one, and no other does', () => {
  const own = new Redaction()
  own.add(['hunter2-long'])
  const told: string[] = []
  const { tell, end } = own.telling((one) => told.push(one.kind === 'output' ? one.line : one.kind))
  const say = (line: string) => tell({ kind: 'output', line })
  say('one')
  expect(told).toEqual(['one'])
  say('two hunter2')
  expect(told).toEqual(['one'])
  say('-long three')
  expect(told).toEqual(['one', 'two ***', '*** three'])
  say('four hunter2-')
  tell({ kind: 'lane', lane: 'app' })
  expect(told.slice(3)).toEqual(['four hunter2-', 'lane'])
  say('five hunter2')
  end()
  expect(told.at(-1)).toBe('five hunter2')
})

describe('what ends a program before it has a report', () => {
  const entry = (file: string, words: string[], env: Record<string, string>) => {
    const program = join(import.meta.dirname, '../../src', file)
    const ran = spawnSync(process.execPath, [program, ...words], {
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...env },
      encoding: 'utf8'
    })
    expect(ran.error).toBeUndefined()
    // By these the runner is told what to mask.
    return (ran.stdout + ran.stderr).replaceAll(/^::add-mask::.*\n/gm, '')
  }
  const value = 'hunter2-value'

  test('the command', () => {
    const env = { TENANT_SECRETS: JSON.stringify({ ACME_A: value }) }
    const said = entry('cli.ts', ['logs', 'hunter2\u200b-value', '--verbose'], env)
    expect(said).toContain('there is no tenant')
    expect(said).toContain('***')
    expect(said).not.toMatch(/hunter2|-value/)
  })

  test('the action', () => {
    const said = entry('action.ts', [], {
      INPUT_COMMAND: 'hunter2\x1b[0m-value',
      INPUT_TENANT: 'acme',
      INPUT_SECRETS: JSON.stringify({ ACME_A: value })
    })
    expect(said).toContain('::error')
    expect(said).toContain('***')
    expect(said).not.toMatch(/hunter2|-value/)
  })
})
