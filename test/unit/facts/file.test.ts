import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, symlinkSync, utimesSync } from 'node:fs'
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { lookAtFile } from '../../../src/facts/file.ts'
import { folderWith } from './folder.ts'

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')
const group = () => execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()

test('tells mode, owner, group, size, time and hash', async () => {
  const path = `${folderWith({ site: 'server {}' })}/site`
  chmodSync(path, 0o640)
  utimesSync(path, 1_700_000_000.25, 1_700_000_000.25)
  expect(await lookAtFile({ kind: 'file', path })).toEqual({
    exists: true,
    type: 'file',
    sha256: sha256('server {}'),
    bytes: 9,
    mode: '0640',
    owner: userInfo().username,
    group: group(),
    mtimeMs: 1_700_000_000_250
  })
})

test('gives the content only where it is small enough', async () => {
  const path = `${folderWith({ marker: 'ünï' })}/marker`
  expect(await lookAtFile({ kind: 'file', path, contentUpTo: 5 })).toMatchObject({ bytes: 5, content: 'w7xuw68=' })
  expect(await lookAtFile({ kind: 'file', path, contentUpTo: 4 })).not.toHaveProperty('content')
  expect(await lookAtFile({ kind: 'file', path, contentUpTo: 4 })).toHaveProperty('sha256', sha256('ünï'))
})

test('of an env file it tells names and hashes, and no value', async () => {
  const text = `# comment\nTOKEN='s3cret value'\n`
  const path = `${folderWith({ '.env.local': text })}/.env.local`
  const fact = await lookAtFile({ kind: 'file', path, env: true })
  expect(fact).toMatchObject({ sha256: sha256(text), env: { TOKEN: sha256('s3cret value') } })
  expect(JSON.stringify(fact)).not.toContain('s3cret')
})

test('an env file of a size that none has is not read', async () => {
  const path = `${folderWith({ '.env.local': Buffer.alloc(1024 * 1024 + 1, 'A') })}/.env.local`
  await expect(lookAtFile({ kind: 'file', path, env: true })).rejects.toThrow(`${path} is larger than 1048576 bytes`)
  expect(await lookAtFile({ kind: 'file', path })).toMatchObject({ bytes: 1024 * 1024 + 1 })
})

test('a file of the kernel has no size, and is read to its end, if that is near', async () => {
  const status = await lookAtFile({ kind: 'file', path: '/proc/self/status', contentUpTo: 10_000 })
  expect(Buffer.from(status.content!, 'base64').toString()).toContain(`\nPid:\t${process.pid}\n`)
  await expect(lookAtFile({ kind: 'file', path: '/proc/self/pagemap', env: true })).rejects.toThrow('is larger than')
})

test('a folder has an owner and a mode, and no content', async () => {
  const path = folderWith()
  chmodSync(path, 0o2750)
  const fact = await lookAtFile({ kind: 'file', path, contentUpTo: 100 })
  expect(fact).toMatchObject({ exists: true, type: 'folder', mode: '2750' })
  expect(fact).not.toHaveProperty('sha256')
})

test('what is neither a file nor a folder is something else', async () => {
  expect(await lookAtFile({ kind: 'file', path: '/dev/null' })).toMatchObject({ exists: true, type: 'other' })
})

test('a link is told, and what it leads to', async () => {
  const folder = folderWith({ 'real/file': 'x' })
  symlinkSync('real', `${folder}/folder`)
  symlinkSync(`${folder}/real/file`, `${folder}/direct`)
  const look = (name: string) => lookAtFile({ kind: 'file', path: `${folder}/${name}` })
  expect(await look('folder')).toMatchObject({ exists: true, type: 'folder', link: 'real' })
  expect(await look('direct')).toMatchObject({ type: 'file', link: `${folder}/real/file`, sha256: sha256('x') })
  // Only the path itself counts as one, not the folders on the way.
  expect(await look('folder/file')).not.toHaveProperty('link')
})

test('what is missing does not exist, and a link to nothing is still a link', async () => {
  const folder = folderWith({ file: 'x' })
  symlinkSync('none', `${folder}/dangling`)
  const look = (name: string) => lookAtFile({ kind: 'file', path: `${folder}/${name}` })
  for (const name of ['none', 'file/below']) expect(await look(name)).toEqual({ exists: false })
  expect(await look('dangling')).toEqual({ exists: false, link: 'none' })
})
