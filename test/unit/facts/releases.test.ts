import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lookAtReleases, readLog } from '../../../src/facts/releases.ts'
import { folderWith } from './folder.ts'

const line = (release: string, lane = 'app', event = 'published') => ({
  at: '2026-01-01T00:00:00Z',
  lane,
  release,
  event,
  by: 'me',
  commit: null,
  run: null
})
const json = (...lines: object[]) => lines.map((each) => `${JSON.stringify(each)}\n`).join('')
const look = (folder: string) =>
  lookAtReleases({ kind: 'releases', root: `${folder}/app`, log: `${folder}/log`, lane: 'app' })

test('tells what is live, what is present and what the log says of this lane', async () => {
  const folder = folderWith({
    'app/releases/r2/x': '',
    'app/releases/r1/x': '',
    'app/releases/stray': '',
    log: json(line('r1'), line('m1', 'marketing'), line('r2'))
  })
  symlinkSync('releases/r2', `${folder}/app/current`)
  expect(await look(folder)).toEqual({ current: 'r2', present: ['r1', 'r2'], log: [line('r1'), line('r2')] })
})

test('what the account has put in the place of its log is not opened: a pipe would be waited for', async () => {
  const folder = folderWith()
  execFileSync('mkfifo', [`${folder}/log`])
  await expect(look(folder)).rejects.toThrow(`${folder}/log is not a regular file`)
})

test('a host without anything has no releases', async () => {
  expect(await look(folderWith())).toEqual({ current: null, present: [], log: [] })
})

test('a link to a release that is gone still has its name', async () => {
  const folder = folderWith({ 'app/releases/r1/x': '' })
  symlinkSync('releases/r9', `${folder}/app/current`)
  expect(await look(folder)).toMatchObject({ current: 'r9', present: ['r1'] })
})

test('a current that is a folder is an error', async () => {
  const folder = folderWith()
  mkdirSync(`${folder}/app/current`, { recursive: true })
  await expect(look(folder)).rejects.toThrow('/app/current is not a symbolic link')
})

test.each<[string, string, string[]]>([
  ['torn at the end', json(line('r1')) + JSON.stringify(line('r2')).slice(0, 40), ['r1']],
  ['torn, and then continued', JSON.stringify(line('r1')).slice(0, 40) + json(line('r2'), line('r3')), ['r2', 'r3']],
  ['torn in a nested brace', '{"at":"x","note":"{' + json(line('r2')), ['r2']],
  ['torn twice', '{"at":"x","lane":"app"' + '{"at":' + json(line('r2')), ['r2']],
  ['with braces in a text', json({ ...line('r1'), note: 'said {"at":"x"} {' }), ['r1']],
  ['without its last line end', json(line('r1')).trimEnd(), ['r1']],
  ['of zeros after a power cut', '\0\0\0\0' + json(line('r1')), ['r1']],
  ['of other JSON', 'null\n[]\n{}\n' + json(line('r1')), ['r1']]
])('reads a log %s', (_, text, expected) => {
  expect(readLog(text).map((each) => each.release)).toEqual(expected)
})
