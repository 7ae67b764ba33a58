import { expect, it } from 'vitest'
import type { LaneReport } from '../../../src/report/report.ts'
import { renderMarkdown } from '../../../src/report/markdown.ts'
import { renderTerminal } from '../../../src/report/terminal.ts'
import { siteLine } from '../../../src/report/words.ts'
import { sampleLane, sampleReport } from './sample.ts'

const failure: LaneReport['failure'] = { step: 'start', kind: 'start', message: 'the port is taken' }
const stayed = { failure, release: 'one', previous: 'one' }

it.each([
  ['changed and reloaded', { changed: true, reloaded: true }, {}, false],
  ['would change and be reloaded', { changed: true, reloaded: false }, {}, true],
  ['unchanged, not reloaded', { changed: false, reloaded: false }, stayed, false],
  ['as before', { changed: true, reloaded: false }, stayed, false],
  ['changed, and put back', { changed: true, reloaded: true }, stayed, false],
  ['changed and reloaded', { changed: true, reloaded: true }, { failure, release: 'two', previous: 'one' }, false]
])('says of the site: %s', (line, site, lane, dryRun) => {
  expect(siteLine({ path: '/site', diff: '', ...site }, sampleLane('app', lane), dryRun)).toBe(line)
})

it('names no host and lists no release where the manifest could not be read', () => {
  const report = sampleReport({
    command: 'releases',
    host: '',
    lanes: [],
    outcome: 'failed',
    exitCode: 64,
    failure: { step: 'read the manifest', kind: 'usage', message: 'there is no tenant "yourbrnd"' }
  })
  const terminal = renderTerminal(report, { color: false, width: 100 })
  expect(terminal).toMatch(/^yourbrand: failed /)
  expect(terminal).not.toContain('no release yet')
  const markdown = renderMarkdown(report)
  expect(markdown).not.toContain('host ')
  expect(markdown).not.toContain('No release yet')
})
