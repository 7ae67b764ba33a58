import { describe, expect, it } from 'vitest'
import { commentBody } from '../../../src/github/preview/comment-step.ts'
import { bodyBytes } from '../../../src/github/body-bytes.ts'
import type { Preview } from '../../../src/report/preview-report.ts'
import { renderPreview } from '../../../src/report/preview-markdown.ts'
import type { LaneReport } from '../../../src/report/report.ts'
import { previewedLane, pullRequestPreview, samplePreview } from '../github/preview/sample.ts'
import { expectClosed, unseen } from './closed.ts'
import { failedLane, hostileNames, sampleProvision, unchangedLane } from './sample.ts'

const noFiles = { created: [], changed: [], deleted: [], bytes: 0 }
const large = 900 * 1024
const rendered = (...previews: Preview[]) => renderPreview(pullRequestPreview(previews), { maxBytes: large })
const rowOf = (markdown: string, tenant: string, lane: string) =>
  markdown.split('\n').filter((line) => line.includes(`| <code>${tenant}</code> | ${lane} |`))

describe('the table', () => {
  it('has a row for each tenant and lane', () => {
    const markdown = rendered(samplePreview())
    expect(rowOf(markdown, 'yourbrand', 'app')).toEqual([
      '| 🔍 | <code>yourbrand</code> | app | 1 | 2 | 0 | 48 kB | changes | 1 pending | yes | environment: 2 names |'
    ])
    expect(rowOf(markdown, 'yourbrand', 'marketing')).toEqual([
      '| 🔍 | <code>yourbrand</code> | marketing | 2 | 1 | 1 | 48 kB |  |  |  |  |'
    ])
    expect(markdown).toContain('2 lanes of 1 tenant would change')
    expect(markdown).toContain('commit <code>9f6a1c0de9b2</code>')
    expectClosed(markdown)
  })

  it('says of a lane that changes nothing just that', () => {
    const lane = previewedLane('app', { ...unchangedLane, restarts: false })
    const markdown = rendered(samplePreview({ lanes: ['app'], lanesOf: [lane] }))
    expect(rowOf(markdown, 'yourbrand', 'app')[0]).toMatch(/^\| ➖ .* \| 0 \| 0 \| 0 \|  \|  \|  \| no \|  \|$/)
    expect(markdown).not.toContain('<details>')
  })

  it('never says "no changes" of files that were not compared', () => {
    const why = 'the site is built when it ships, and a preview builds nothing'
    const lane = previewedLane('marketing', { ...unchangedLane, changed: false, files: noFiles, uncompared: why })
    const markdown = rendered(samplePreview({ lanes: ['marketing'], lanesOf: [lane] }))
    expect(rowOf(markdown, 'yourbrand', 'marketing')[0]).toContain('| ? | ? | ? | ? |')
    expect(rowOf(markdown, 'yourbrand', 'marketing')[0]).toContain('files not compared')
    expect(markdown).toContain(`**Files**: ${why}`)
  })

  it('has a row for a job that left nothing, with its run', () => {
    const all = pullRequestPreview([samplePreview()])
    all.tenants.push({ tenant: 'otherbrand', lanes: 'all', preview: null })
    const markdown = renderPreview(all, { maxBytes: large })
    expect(rowOf(markdown, 'otherbrand', 'all')[0]).toContain(
      '❌ | <code>otherbrand</code> | all |  |  |  |  |  |  |  | its job left no preview: [see the run](https://github.com/acme/tenants/actions/runs/7)'
    )
    expect(markdown).toContain('**1 lane could not be previewed**')
  })

  it('puts a failed lane first, and says what was not come to', () => {
    const failed = samplePreview({ tenant: 'zebra', lanesOf: [previewedLane('app', failedLane)] })
    const markdown = rendered(samplePreview(), failed)
    expect(rowOf(markdown, 'zebra', 'app')[0]).toContain('build failed: the build ended with code 1')
    expect(rowOf(markdown, 'zebra', 'marketing')[0]).toContain('not come to: app failed before it')
    expect(markdown.indexOf('zebra')).toBeLessThan(markdown.indexOf('yourbrand'))
    expect(markdown).toContain('Cannot find module')
    expectClosed(markdown)
  })

  it('says of a failure outside of the lanes what it was, in each of their rows', () => {
    const preview = samplePreview({ lanesOf: [] })
    preview.report.failure = { step: 'connect', kind: 'unreachable', message: 'nobody answers' }
    const markdown = rendered(preview)
    for (const lane of ['app', 'marketing'])
      expect(rowOf(markdown, 'yourbrand', lane)[0]).toContain('connect failed: nobody answers')
  })

  it('says that nothing ships where no tenant is touched', () => {
    expect(renderPreview(pullRequestPreview([]), { maxBytes: large })).toContain('**Nothing ships**')
  })
})

describe('the differences', () => {
  it('are folded, and real ones', () => {
    const markdown = rendered(samplePreview({ provision: sampleProvision() }))
    for (const part of [
      '<details><summary><b>yourbrand app</b>: 3 files, nginx, 2 environment variables, 1 migration, a restart</summary>',
      '+  keepalive_timeout 65s;',
      '@@ assets/img/ @@ 1 created, 1 deleted\n- leaves.png\n+ snow.png',
      '```sql\nalter table bookings\n  add column note text;\n```',
      '**Environment**: added <code>BRAND&#95;NAME</code>; changed <code>SESSION&#95;SECRET</code>',
      'make the account tenant-yourbrand'
    ])
      expect(markdown).toContain(part)
    expect(markdown).not.toContain('<details open')
    expectClosed(markdown)
  })

  it('say at the top, and in each lane, that no host was looked at', () => {
    const note = 'there are no secrets here'
    const markdown = rendered(samplePreview({ compared: 'base', note }))
    expect(markdown.split('\n').slice(0, 6).join('\n')).toContain(
      `**This is a comparison with the base of the pull request, and not with what is live**: ${note}`
    )
    const mixed = rendered(samplePreview(), samplePreview({ tenant: 'otherbrand', compared: 'base', note }))
    expect(mixed).toContain('**For <code>otherbrand</code> this is a comparison with the base')
  })

  it('show the beginning of a long migration, and how much is left', () => {
    const sql = 'select 1;\n'.repeat(1000)
    const migrations = { applied: [], pending: ['a.sql'], sql: [{ name: 'a.sql', sql, bytes: 50_000 }] }
    expect(rendered(samplePreview({ lanesOf: [previewedLane('app', { migrations })] }))).toContain('-- … 40 kB more')
  })
})

const hostile: Partial<LaneReport> = {
  files: {
    created: hostileNames,
    changed: hostileNames.map((name) => `deep/${name}/x`),
    deleted: ['```\n</details>'],
    bytes: 1
  },
  env: { added: ['A</code></details>'], changed: [], removed: [] },
  site: { path: '/etc/`x`</details>', changed: true, reloaded: false, diff: '+```\n+</details>\n+<script>\n+\u202e' },
  migrations: {
    applied: [],
    pending: ['x.sql'],
    sql: [{ name: 'x.sql', sql: '-- ```\n</details>\n::set-output name=a::b\n<img src=x>\u001b[31m', bytes: 60 }]
  },
  warnings: ['a warning\nwith `ticks` </details> and | bars'],
  uncompared: null
}

describe('names from outside', () => {
  it.each([60_000, 4000, 1500])('break out of nothing, in %i bytes', (maxBytes) => {
    const lanesOf = [previewedLane('app', hostile), previewedLane('marketing', hostile)]
    const all = pullRequestPreview([samplePreview({ lanesOf, note: '</details>\n| x | `', compared: 'base' })], {
      complaints: ['</details> | `x`\n# head']
    })
    const markdown = renderPreview(all, { maxBytes })
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(maxBytes)
    expect(markdown).not.toMatch(unseen)
    expectClosed(markdown)
    // Outside of fences nothing begins a heading, a list or a row that is not ours.
    const rows = markdown.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    for (const row of rows) expect(row.split(' | ').length).toBe(11)
  })
})

describe('the comment', () => {
  const many = Array.from({ length: 20_000 }, (_, at) => `assets/${at % 700}/a picture of ${at}.png`)

  it('holds 20,000 files in less than GitHub takes, and says how many it does not list', () => {
    const files = { created: many, changed: [], deleted: [], bytes: 1e9 }
    const body = commentBody(
      pullRequestPreview([samplePreview({ lanesOf: [previewedLane('app', { files, site: null })] })]),
      null
    )
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bodyBytes)
    expect(rowOf(body, 'yourbrand', 'app')[0]).toContain('| 20,000 | 0 | 0 |')
    const shown = body.split('\n').filter((line) => line.startsWith('+ ')).length
    const left = [...body.matchAll(/… ([\d,]+) more files? of this folder|folders? with ([\d,]+) files?/g)]
    const hidden = left.reduce((sum, [, of, all]) => sum + Number((of ?? all!).replaceAll(',', '')), 0)
    expect(shown).toBeGreaterThan(100)
    expect(shown + hidden).toBe(20_000)
    expect(body).toContain('The whole of it, uncut, is in the artifacts of [this run](')
    expectClosed(body.replaceAll(/^<!-- .*$/gm, ''))
  })

  it('holds 200 tenants with two lanes each, all of them in the table', () => {
    const previews = Array.from({ length: 200 }, (_, at) =>
      samplePreview({
        tenant: `tenant-${at}`,
        lanesOf: [
          previewedLane('app', { env: null }),
          previewedLane('marketing', { files: { ...noFiles, created: many.slice(0, 50) } })
        ]
      })
    )
    const all = pullRequestPreview(previews)
    const body = commentBody(all, 'a'.repeat(40))
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bodyBytes)
    for (let at = 0; at < 200; at++) expect(rowOf(body, `tenant-${at}`, 'app')).toHaveLength(1)
    expect(body).toMatch(/The differences of \d+ lanes are left out: there is no room\./)
    expectClosed(body.replaceAll(/^<!-- .*$/gm, ''))
    const summary = renderPreview(all, { maxBytes: large })
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(large)
    expect(summary.match(/<details>/g)).toHaveLength(400)
  })

  it('stays below the limit with 1,000 tenants that failed with long words', () => {
    const previews = Array.from({ length: 1000 }, (_, at) => {
      const preview = samplePreview({ tenant: `tenant-${at}`, lanesOf: [] })
      preview.report.failure = {
        step: 'x'.repeat(5000),
        kind: 'build',
        message: 'ü'.repeat(5000),
        log: 'y\n'.repeat(9999)
      }
      return preview
    })
    const body = commentBody(pullRequestPreview(previews, { complaints: Array(5000).fill('z'.repeat(999)) }), null)
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bodyBytes)
    expect(body).toContain('more')
  })
})
