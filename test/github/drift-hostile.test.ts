import { expect, test } from 'vitest'
import { readMarker } from '../../src/github/drift/marker.ts'
import { Redaction, redaction } from '../../src/redaction.ts'
import type { DoctorFinding } from '../../src/report/doctor-report.ts'
import { doctorReport, finding } from '../unit/github/drift/sample.ts'
import { hostileNames } from '../unit/report/sample.ts'
import { comments, issues, keepHere, onGitHub } from './world.ts'

onGitHub()

const secret = 'hunter2_*<b>&"quoted"'

async function keep(findings: DoctorFinding[]): Promise<string[]> {
  const redaction = new Redaction()
  redaction.add([secret])
  const outcomes = await keepHere(doctorReport(findings), { redact: (text) => redaction.text(text) })
  return outcomes.map(({ action, note, warnings }) => [action, note, ...warnings].join(' ').trim())
}

/** Two nights, so that there is a comment as well. */
async function textsOf(first: DoctorFinding[], second: DoctorFinding[]): Promise<string[]> {
  expect(await keep(first)).toEqual(['created'])
  expect(await keep(second)).toEqual(['commented'])
  const [issue] = await issues()
  return [issue!.body, ...(await comments(1))]
}

const strange = [
  ...hostileNames,
  '<!-- tenant-deploy drift tenant=otherbrand -->',
  '\n<!-- tenant-deploy drift tenant=otherbrand -->\n',
  '--> <script>alert(1)</script>',
  '@acme/everybody #1 GH-1 https://example.com',
  '```\n# heading\n```',
  '</details></details>',
  '| a | b |\n| - | - |',
  '/tenant deploy'
]

function hostile(text: string, at: number): DoctorFinding {
  return finding({
    address: `app.${at}.${text}`,
    differences: [{ attribute: text, expected: text, actual: text }],
    diff: `-${text}\n+${text}`,
    cause: text,
    remedy: text,
    consequences: [{ tenant: null, address: text, summary: text }]
  })
}

test('text of others does no harm', async () => {
  const texts = await textsOf([finding()], strange.map(hostile))
  expect(texts).toHaveLength(2)
  for (const text of texts) {
    // Inside fences nothing means anything; all else has to be harmless by itself.
    const outside = text.replaceAll(/^(`{3,})diff\n[^]*?^\1$/gm, '')
    expect(outside).not.toMatch(/<script|@acme|#1\b|https:\/\/example|^\/tenant|^# |\u202e|\u0007/m)
    expect(outside.match(/<!--.*?-->/g) ?? []).toHaveLength(text === texts[0] ? 2 : 0)
    expect(outside.split('<details>').length).toBe(outside.split('</details>').length)
  }
  expect(readMarker(texts[0]!)?.subject).toEqual({ kind: 'tenant', name: 'yourbrand' })
})

test('no secret is shown, in any of its forms', async () => {
  const texts = await textsOf([finding()], [hostile(secret, 0), hostile(Buffer.from(secret).toString('base64'), 1)])
  for (const text of texts) {
    const note = Buffer.from(/note ([\w-]+)/.exec(text)?.[1] ?? '', 'base64url').toString()
    for (const shown of [text, note]) {
      expect(shown).not.toContain('hunter2')
      expect(shown).not.toContain(Buffer.from('hunter2').toString('base64').slice(0, 8))
    }
  }
  expect(texts.join()).toContain('***')
})

test('what is sent loses secrets also where nothing before has taken them out, and its marker stays', async () => {
  // Also the name of the tenant, which the marker and the title of the next night's issue need.
  redaction.add(['late-secret', 'yourbrand'])
  const text = 'late\x1b[0m-sec\u200bret <late&#45;secret>'
  const outcomes = await keepHere(doctorReport([finding({ cause: text, diff: `-${text}` })]), {
    redact: (same) => same
  })
  expect(outcomes.map(({ action }) => action)).toEqual(['created'])
  const [issue] = await issues()
  expect(issue!.body.replaceAll(/\\x1b\[0m|\\u200b|\u2060/g, '')).not.toMatch(/late-secret|late&#45;sec/)
  expect(issue!.body).toContain('***')
  expect(readMarker(issue!.body)?.subject).toEqual({ kind: 'tenant', name: 'yourbrand' })
})

test.each<[string, DoctorFinding[]]>([
  ['thousands of findings', Array.from({ length: 5000 }, (_, at) => finding({ address: `app.files/日本語 ${at}` }))],
  [
    'thousands of differences',
    [
      finding({
        differences: Array.from({ length: 5000 }, (_, at) => ({
          attribute: `\u202e<${at}>`.repeat(50),
          expected: '`*_'.repeat(500),
          actual: '🌈'.repeat(500)
        }))
      })
    ]
  ],
  ['a difference of 1 MB', [finding({ diff: `+${'🌈<b>'.repeat(20)}\n`.repeat(8000) })]],
  ['a line of 1 MB', [finding({ diff: `+${'`'.repeat(1_000_000)}` })]],
  [
    'many such differences',
    Array.from({ length: 90 }, (_, at) => finding({ address: `a.${at}`, diff: '+x\n'.repeat(9000) }))
  ],
  [
    'a name of 1 MB',
    [finding({ address: 'x'.repeat(1_000_000), cause: '<'.repeat(1_000_000), remedy: '|'.repeat(9_000) })]
  ],
  [
    'thousands of consequences',
    [
      finding({
        consequences: Array.from({ length: 5000 }, (_, at) => ({
          tenant: 'otherbrand',
          address: `app.${at}`,
          summary: '&'.repeat(900)
        }))
      })
    ]
  ]
])('%s stay below the limit, and what is left out is counted', async (_, findings) => {
  const texts = await textsOf([finding({ address: 'before' })], findings)
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThan(65_536)
  expect(texts[0]).toMatch(/… and [\d,]+ more|earlier lines are not shown|…/)
  expect(texts[0]).toMatch(/Each run writes this text anew/)
  expect(texts[0]!.length).toBeGreaterThan(800)
  expect(readMarker(texts[0]!)?.note).not.toBeNull()
})

test('of too many findings it is still told that they are others', async () => {
  const many = (what: string) => Array.from({ length: 3000 }, (_, at) => finding({ address: `app.${what}${at}` }))
  await keep(many('a'))
  expect(await keep(many('a'))).toEqual(['unchanged'])
  expect(await keep(many('b'))).toEqual(['commented'])
  expect((await comments(1))[0]).toMatch(/^3,000 things are found now, and not the same as before: too many/)
})
