import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gathered } from '../../../../src/github/preview/comment-step.ts'
import { readPreviews, writePreview } from '../../../../src/github/preview/file.ts'
import { sampleProvision } from '../../report/sample.ts'
import { samplePreview } from './sample.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-previews-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = (name: string, text: string) => {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
}

test('what is left is read back, in whatever folder it lies', () => {
  const one = samplePreview({ provision: sampleProvision() })
  const other = samplePreview({ tenant: 'otherbrand', compared: 'base', note: 'no key' })
  writePreview(join(folder, 'a/preview-yourbrand.json'), one)
  writePreview(join(folder, 'preview-otherbrand.json'), other)
  const { previews, complaints } = readPreviews(folder)
  expect(complaints).toEqual([])
  expect(previews).toEqual([
    { version: 1, ...one },
    { version: 1, ...other }
  ])
})

test('a folder that is not there holds none', () => {
  expect(readPreviews(join(folder, 'nothing'))).toEqual({ previews: [], complaints: [] })
})

test('a garbled or hostile file is one line, and the others go on', () => {
  writePreview(join(folder, 'good.json'), samplePreview())
  const text = JSON.stringify({ version: 1, ...samplePreview({ tenant: 'otherbrand' }) })
  put('1-cut.json', text.slice(0, 200))
  put('2-version.json', text.replace('"version":1', '"version":2'))
  put('3-name.json', text.replace('"otherbrand"', '"../../etc"'))
  put('4-lane.json', text.replaceAll('"lane":"app"', '"lane":"</details>"'))
  put('5-list.json', '[]')
  put('6-empty.json', '')
  put('7-prototype.json', '{"__proto__":{"tenant":"x"},"version":1}')
  put('8-twice.json', JSON.stringify({ version: 1, ...samplePreview() }))
  put('9-large.json', '')
  truncateSync(join(folder, '9-large.json'), 65 * 1024 * 1024)
  put('notes.txt', 'not read')
  const { previews, complaints } = readPreviews(folder)
  expect(previews.map(({ tenant }) => tenant)).toEqual(['yourbrand'])
  const about = complaints.map((complaint) => complaint.split(' ')[0])
  const others = ['1-cut', '2-version', '3-name', '4-lane', '5-list', '6-empty', '7-prototype', '9-large', 'good']
  expect(about).toEqual(others.map((name) => `${name}.json`))
  for (const complaint of complaints) {
    expect(complaint).not.toContain('\n')
    expect(complaint.length).toBeLessThan(400)
  }
  expect(complaints.at(-1)).toBe('good.json is a second preview of yourbrand, and is left out')
})

test('a link leads nowhere else', () => {
  put('elsewhere/preview.json', JSON.stringify({ version: 1, ...samplePreview() }))
  mkdirSync(join(folder, 'previews'))
  symlinkSync(join(folder, 'elsewhere/preview.json'), join(folder, 'previews/a.json'))
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'previews/b'))
  expect(readPreviews(join(folder, 'previews')).previews).toEqual([])
})

test('who is planned and left nothing has a place, and who is not planned has a line', () => {
  writePreview(join(folder, 'a.json'), samplePreview())
  writePreview(join(folder, 'b.json'), samplePreview({ tenant: 'stray' }))
  const planned = [
    { tenant: 'otherbrand', lanes: 'app' as const },
    { tenant: 'yourbrand', lanes: 'all' as const }
  ]
  const all = gathered({ folder, planned, event: null, commit: null, run: null })
  expect(all.tenants.map(({ tenant, preview }) => [tenant, preview?.tenant])).toEqual([
    ['otherbrand', undefined],
    ['yourbrand', 'yourbrand']
  ])
  expect(all.complaints).toEqual(['there is a preview of stray, which is not in the plan'])
})
