import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerHeld, NoQuestions } from '../../../../src/facts/held/answer.ts'
import { firstLine } from '../../../../src/facts/held/first-line.ts'
import { PROTOCOL } from '../../../../src/facts/held/protocol.ts'
import { heldHost } from './sample.ts'

let folder: string
let file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-held-'))
  file = join(folder, 'host.json')
  writeFileSync(file, JSON.stringify(heldHost()))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ask = (requests: unknown, protocol: unknown = PROTOCOL) =>
  answerHeld(JSON.stringify({ protocol, requests }), file, '/usr/bin')

test('each question is answered or refused by itself, whatever it is called', async () => {
  const requests = JSON.parse(
    '{"clock":{"kind":"clock"},"__proto__":{"kind":"clock"},"shell":{"kind":"shell"},"constructor":7}'
  ) as unknown
  const { answers } = (await ask(requests)) as { answers: Record<string, { ok: boolean; cause?: string }> }
  expect(Object.entries(answers).map(([name, { ok }]) => [name, ok])).toEqual(
    expect.arrayContaining([
      ['clock', true],
      ['__proto__', true],
      ['shell', false],
      ['constructor', false]
    ])
  )
  expect(answers['shell']!.cause).toMatch(
    /^the key that only looks may not ask this: no question of the kind "shell" is known here .*tenant provision/
  )
})

test('a name without end is refused', async () => {
  const name = 'a'.repeat(301)
  expect(await ask({ [name]: { kind: 'clock' } })).toMatchObject({ answers: { [name]: { ok: false } } })
})

test.each([0, PROTOCOL + 1, String(PROTOCOL), null, undefined, 1e99])(
  'the protocol %j is told that this one is another',
  async (protocol) => {
    const line = JSON.stringify({ protocol, requests: { clock: { kind: 'clock' } } })
    expect(await answerHeld(line, file, '')).toMatchObject({ version: 1, mismatch: { speaks: PROTOCOL } })
  }
)

test.each([
  ['a program', '#!/bin/sh'],
  ['what scp says first', '\0'],
  ['what rsync says first', '\x1f\0\0\0'],
  ['nothing', ''],
  ['a number', '1'],
  ['a list', '[]'],
  ['null', 'null'],
  ['no list of questions', `{"protocol":${PROTOCOL},"requests":[]}`],
  ['no questions', `{"protocol":${PROTOCOL}}`],
  ['half a line', `{"protocol":${PROTOCOL},"requests":{`]
])('%s is no question', async (_, line) => {
  // A list is an object without a protocol.
  if (line === '[]') return expect(await answerHeld(line, file, '')).toMatchObject({ mismatch: { asked: null } })
  await expect(answerHeld(line, file, '')).rejects.toBeInstanceOf(NoQuestions)
})

test.each(['{}', '[]', 'null', '"x"'])('a host’s file that says %s is an error that names it', async (text) => {
  const other = join(folder, 'other.json')
  writeFileSync(other, text)
  const line = JSON.stringify({ protocol: PROTOCOL, requests: {} })
  await expect(answerHeld(line, other, '')).rejects.toThrow(`${other} does not say root`)
  await expect(answerHeld(line, join(folder, 'none.json'), '')).rejects.toThrow('none.json is missing')
})

describe('the line', () => {
  test('ends at its newline, in whatever pieces it comes', async () => {
    expect(await firstLine(Readable.from([Buffer.from('{"a"'), Buffer.from(':1}\nrest'), Buffer.from('more\n')]))).toBe(
      '{"a":1}'
    )
  })

  test('is none where it has no end, and where it is longer than any of ours', async () => {
    await expect(firstLine(Readable.from([Buffer.from('{"a":1}')]))).rejects.toBeInstanceOf(NoQuestions)
    const piece = Buffer.alloc(1024 * 1024, 'a')
    await expect(firstLine(Readable.from(Array<Buffer>(40).fill(piece)))).rejects.toBeInstanceOf(NoQuestions)
  })
})
