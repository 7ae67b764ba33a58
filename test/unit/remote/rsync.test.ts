import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { itemised, progressLine } from '../../../src/remote/rsync-output.ts'

const folder = mkdtempSync(join(tmpdir(), 'rsync-output-'))
const [from, to] = [join(folder, 'from'), join(folder, 'to')]
beforeAll(() => [from, to].forEach((path) => mkdirSync(path)))
afterAll(() => rmSync(folder, { recursive: true }))

const names = [
  'plain',
  'with space',
  ' leading',
  'trailing ',
  '-dash',
  '--delete',
  'quo\'te"s',
  'new\nline',
  'line end\n',
  'carriage\rreturn',
  'tab\there',
  'escape\x1b[2J',
  'back\\slash',
  '\\#012',
  '\\#',
  '#134',
  'ünï 🔑',
  '*deleting   0 x',
  '>f+++++++++ 1 x',
  '1,234  42%  1.00MB/s',
  'sub/dir/deep'
]

function put(name: string, text: string): void {
  mkdirSync(dirname(join(from, name)), { recursive: true })
  writeFileSync(join(from, name), text)
}

/** What rsync prints with the options that a sync gives it. */
function sync(): Buffer {
  const options = [
    '--recursive',
    '--links',
    '--perms',
    '--checksum',
    '--delete',
    '--info=progress2',
    '--out-format=%i %l %n'
  ]
  return execFileSync('rsync', [...options, '--', `${from}/`, `${to}/`])
}

describe("rsync's own output", () => {
  test('names what it created, changed and deleted, as the files are called', () => {
    for (const name of names) put(name, 'x')
    symlinkSync('plain', join(from, 'a link'))
    mkdirSync(join(from, 'empty folder'))
    const created = [...names, 'a link'].sort()
    expect(itemised(sync())).toEqual({ created, changed: [], deleted: [], bytes: names.length + 'plain'.length })

    expect(itemised(sync())).toEqual({ created: [], changed: [], deleted: [], bytes: 0 })

    put('plain', 'y')
    put('new\nline', 'longer'.repeat(1000))
    chmodSync(join(from, '-dash'), 0o755)
    unlinkSync(join(from, 'a link'))
    symlinkSync('-dash', join(from, 'a link'))
    const gone = ['\\#012', 'sub/dir/deep', 'line end\n', ' leading', '*deleting   0 x']
    for (const name of gone) unlinkSync(join(from, name))
    expect(itemised(sync())).toEqual({
      created: [],
      changed: ['-dash', 'a link', 'new\nline', 'plain'],
      deleted: gone.sort(),
      bytes: 1 + 6000 + '-dash'.length
    })
  })

  test('is followed while it comes', () => {
    put('large', 'z'.repeat(3_000_000))
    expect(progressLine(sync().toString('latin1'))).toMatchObject({ bytes: 3_000_000, percent: expect.any(Number) })
  })
})
