import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checksumIn, checksumLine, keepCopy, mustBeFree, readLocalDump } from '../../../src/backup/local-file.ts'
import { rejectionOf } from '../thrown.ts'

let here: string
beforeEach(() => (here = mkdtempSync(join(tmpdir(), 'copy-'))))
afterEach(() => rmSync(here, { recursive: true }))

const text = 'a dump'
const sha256 = createHash('sha256').update(text).digest('hex')

test.each(['yourbrand.dump', 'two words.dump', 'back\\slash.dump', 'line\nbreak.dump', 'Küste.dump'])(
  'sha256sum agrees with the checksum of %j, and we with its own',
  (name) => {
    writeFileSync(join(here, name), text)
    writeFileSync(join(here, 'sums'), checksumLine(sha256, name))
    expect(execFileSync('sha256sum', ['-c', 'sums'], { cwd: here, encoding: 'utf8' })).toContain('OK')
    expect(checksumIn(execFileSync('sha256sum', [name], { cwd: here, encoding: 'utf8' }), name)).toBe(sha256)
  }
)

test('the checksum in a file: the only line, or the one with the name', () => {
  const other = 'b'.repeat(64)
  expect(checksumIn(`${sha256.toUpperCase()} *elsewhere/x.dump\r\n`, 'a.dump')).toBe(sha256)
  expect(checksumIn(sha256, 'a.dump')).toBe(sha256)
  expect(checksumIn(`${other}  b.dump\n${sha256}  a.dump\n`, 'a.dump')).toBe(sha256)
  expect(checksumIn(`${other}  b.dump\n${sha256}  c.dump\n`, 'a.dump')).toBe(null)
  expect(checksumIn('no checksum\n', 'a.dump')).toBe(null)
  expect(checksumIn('', 'a.dump')).toBe(null)
})

const filling = (what: string) => (output: NodeJS.WritableStream) =>
  new Promise<void>((resolve, reject) => output.once('error', reject).end(what, () => resolve()))

test('a copy is whole, with its checksum beside it, or it is not there', async () => {
  const path = join(here, 'a.dump')
  expect(await rejectionOf(keepCopy(path, sha256, filling('half a')))).toMatchObject({
    kind: 'backup',
    message: expect.stringContaining(`instead of ${sha256}`) as string
  })
  const broken = keepCopy(path, sha256, () => Promise.reject(new Error('the host is gone')))
  expect(await rejectionOf(broken)).toMatchObject({ message: expect.stringContaining('the host is gone') as string })
  expect(readdirSync(here)).toEqual([])

  writeFileSync(`${path}.partial`, 'of a run that was cut off, and longer')
  await keepCopy(path, sha256, filling(text))
  expect(readdirSync(here).toSorted()).toEqual(['a.dump', 'a.dump.sha256'])
  expect(readFileSync(path, 'utf8')).toBe(text)
  expect(await readLocalDump(path)).toEqual({ path, bytes: text.length, sha256, checked: true })
})

test('nothing is overwritten: neither the copy nor its checksum', async () => {
  const path = join(here, 'a.dump')
  for (const taken of [path, `${path}.sha256`]) {
    writeFileSync(taken, 'precious')
    expect(await rejectionOf(mustBeFree(path))).toMatchObject({
      kind: 'backup',
      message: expect.stringContaining(taken) as string
    })
    expect(await rejectionOf(keepCopy(path, sha256, filling(text)))).toMatchObject({ kind: 'backup' })
    expect(readFileSync(taken, 'utf8')).toBe('precious')
    expect(readdirSync(here)).toHaveLength(1)
    rmSync(taken)
  }
  await mustBeFree(path)
})

test.skipIf(process.getuid?.() === 0)('a folder that nothing can be written to', async () => {
  chmodSync(here, 0o500)
  expect(await rejectionOf(mustBeFree(join(here, 'a.dump')))).toMatchObject({
    message: expect.stringContaining('EACCES') as string
  })
  chmodSync(here, 0o700)
})

test('a file that is not there, and one whose checksum is another', async () => {
  const path = join(here, 'a.dump')
  expect(await rejectionOf(readLocalDump(path))).toMatchObject({ kind: 'restore', where: `${path} on this machine` })
  writeFileSync(path, text)
  expect(await readLocalDump(path)).toMatchObject({ checked: false, sha256 })
  writeFileSync(`${path}.sha256`, checksumLine('b'.repeat(64), 'a.dump'))
  expect(await rejectionOf(readLocalDump(path))).toMatchObject({
    kind: 'restore',
    message: `the dump was damaged: its checksum is ${sha256} instead of ${'b'.repeat(64)}`
  })
  expect(existsSync(path)).toBe(true)
})
