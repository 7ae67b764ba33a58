import { describe, expect, it } from 'vitest'
import { renderTerminal } from '../../../src/report/terminal.ts'
import { failedLane, hostileNames, sampleLane, sampleReport, unchangedLane } from './sample.ts'

const plain = { color: false, width: 100 }

it('shows the same report as the summary', () => {
  const text = renderTerminal(sampleReport(), plain)
  expect(text).toMatch(/^yourbrand on sandbox: shipped \(48 s, by octocat, commit 4f6a1c0de9b2\)\n/)
  expect(text).toContain('files       2 created, 1 changed, 1 deleted, 48 kB')
  expect(text).toContain('  assets/img/ 1 created, 1 deleted\n    - leaves.png\n    + snow.png\n')
  expect(text).toContain('✓ http://127.0.0.1:4102/api/health 200 14 ms')
  expect(text).toContain('migrations  applied 0003_notes.sql')
  expect(text).toContain('checked: all 2 in sync')
  expect(text).not.toContain('\u001b')
})

it('colours only when asked to', () => {
  expect(renderTerminal(sampleReport(), { color: true, width: 100 })).toContain('\u001b[32m')
})

it('says in a line that there is nothing to do', () => {
  const text = renderTerminal(sampleReport({ outcome: 'unchanged', lanes: [sampleLane('app', unchangedLane)] }), plain)
  expect(text).toContain('app: nothing to do: release 20261122-100000-4f6a1c0 stays at https://booking.yourbrand.test')
  expect(text.split('\n').length).toBeLessThan(6)
})

it('of a host that was not looked at it does not say that nothing is live there', () => {
  const hashes = { files: 'a', site: 'b', environment: 'c', migrations: 'd', recipe: 'e' }
  const release = (host: string | null) => {
    const lane = sampleLane('app', { release: null, previous: null, fingerprint: { ...hashes, host } })
    return /release +(.*)/.exec(renderTerminal(sampleReport({ dryRun: true, lanes: [lane] }), plain))![1]
  }
  expect([release('f'), release(null)]).toEqual(['none is live', 'the host was not looked at'])
})

it('ends with what failed, what to do and the log', () => {
  const lanes = [sampleLane('app', failedLane), sampleLane('marketing')]
  const text = renderTerminal(sampleReport({ outcome: 'failed', exitCode: 3, lanes }), plain)
  const end = text.slice(text.indexOf('✗ app: build failed'))
  expect(end).toContain('the build ended with code 1')
  expect(end).toContain('what to do: repair the build')
  expect(end).toContain('  │ Error: Cannot find module "./missing"')
  expect(end).toMatch(/exit code 3: failed, and a person is needed\n$/)
  expect(end).not.toContain('marketing')
})

it('breaks a long message between words and keeps its lines', () => {
  const failure = { step: 'manifest', kind: 'manifest' as const, message: `one two\n${'word '.repeat(30).trim()}` }
  const text = renderTerminal(sampleReport({ outcome: 'failed', lanes: [], failure }), { color: false, width: 50 })
  const message = text.split('\n').filter((line) => /^ {2}(one|word)/.test(line))
  expect(message[0]).toBe('  one two')
  expect(message.length).toBe(5)
  for (const line of message) expect(line.length).toBeLessThanOrEqual(50)
})

it('says that a dry run changed nothing', () => {
  const text = renderTerminal(sampleReport({ dryRun: true }), plain)
  expect(text).toContain('Dry run: nothing was changed.')
  expect(text).toContain('app: would ship')
  expect(text).toContain('+  keepalive_timeout 65s;')
})

it('lists releases in columns', () => {
  const line = { lane: 'app' as const, at: '2026-11-22T10:00:00Z', by: 'octocat', commit: null, run: null }
  const releases = [
    { ...line, id: 'long-release', state: 'live' as const },
    { ...line, id: 'r1', state: 'failed' as const }
  ]
  const text = renderTerminal(sampleReport({ command: 'releases', lanes: [], releases }), plain)
  expect(text).toContain('app   long-release  live    2026-11-22T10:00:00Z  octocat\n')
  expect(text).toContain('app   r1            failed  2026-11-22T10:00:00Z  octocat\n')
})

describe('hostile text', () => {
  it('moves no cursor and begins no line of its own', () => {
    const lane = sampleLane('app', {
      files: { created: hostileNames, changed: [], deleted: [], bytes: 1 },
      warnings: hostileNames,
      steps: hostileNames.map((name) => ({ name, ms: 1, outcome: 'done', note: name })),
      probes: hostileNames.map((name) => ({ url: name, ms: 1, ok: false, note: name })),
      failure: { step: '\u001b[2J', kind: 'build', message: '\u001b]0;title\u0007', log: hostileNames.join('\n') }
    })
    const text = renderTerminal(sampleReport({ tenant: 'a\rb', by: '\u001b[1A', lanes: [lane] }), plain)
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b]/)
    expect(text).not.toMatch(/^(::|##\[)/m)
  })

  it('of 20,000 files shows a screenful and counts the rest', () => {
    const created = Array.from({ length: 20_000 }, (_, at) => `${at % 100}/${at}.txt`)
    const text = renderTerminal(
      sampleReport({ lanes: [sampleLane('app', { files: { created, changed: [], deleted: [], bytes: 1 } })] }),
      plain
    )
    expect(text.split('\n').length).toBeLessThan(110)
    expect(text).toMatch(/more folders with [\d,]+ files not shown; --json lists all/)
  })
})
