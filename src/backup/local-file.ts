import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  access,
  constants,
  lstat,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle
} from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Writable } from 'node:stream'
import { TenantError } from '../errors.ts'

/** @throws TenantError unless a copy can be written there, without a file that is lost for it. */
export async function mustBeFree(path: string): Promise<void> {
  for (const taken of [path, `${path}.sha256`]) {
    if (await exists(taken))
      throw new TenantError('backup', `${taken} is there already, and is not overwritten`, {
        where: 'this machine',
        remedy: 'name another file, or remove this one'
      })
  }
  await access(dirname(path), constants.W_OK | constants.X_OK).catch((thrown: NodeJS.ErrnoException) => {
    throw new TenantError('backup', `no file can be written to the folder ${dirname(path)}: ${thrown.code}`, {
      where: 'this machine',
      remedy: 'make the folder, or name a file elsewhere',
      cause: thrown
    })
  })
}

/**
 * Keeps what `fill` writes as `path`, with the checksum that it has to have beside it, as sha256sum writes it.
 * A file that is not whole never has that name.
 */
export async function keepCopy(
  path: string,
  sha256: string,
  fill: (output: Writable) => Promise<unknown>
): Promise<void> {
  const partial = `${path}.partial`
  try {
    const file = await open(partial, 'w', 0o600)
    const hash = createHash('sha256')
    try {
      await fill(writingTo(file, hash))
      await file.sync()
    } finally {
      await file.close()
    }
    const came = hash.digest('hex')
    if (came !== sha256)
      throw new TenantError('backup', `what arrived has the checksum ${came} instead of ${sha256}`, {
        where: `${path} on this machine`,
        remedy: 'look at what the host says of its disk, and make another backup'
      })
    await mustBeFree(path)
    await rename(partial, path)
    await writeFile(`${path}.sha256`, checksumLine(sha256, basename(path)), { flag: 'wx', mode: 0o600 })
  } catch (thrown) {
    if (thrown instanceof TenantError) throw thrown
    throw new TenantError('backup', `the copy could not be written: ${(thrown as Error).message}`, {
      where: `${path} on this machine`,
      remedy: 'look at free disk space and at the rights of the account; the backup itself is on the host',
      cause: thrown
    })
  } finally {
    await rm(partial, { force: true })
  }
}

export interface LocalDump {
  path: string
  bytes: number
  sha256: string
  /** Whether a checksum stood beside it, which it has. */
  checked: boolean
}

/** @throws TenantError where it can't be read, or is not what the checksum beside it says. */
export async function readLocalDump(path: string): Promise<LocalDump> {
  try {
    const { size } = await stat(path)
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    const sha256 = hash.digest('hex')
    const beside = await readFile(`${path}.sha256`, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return null
      throw thrown
    })
    if (beside === null) return { path, bytes: size, sha256, checked: false }
    const expected = checksumIn(beside, basename(path))
    if (expected === null)
      throw new TenantError('restore', `${basename(path)}.sha256 holds no checksum of ${basename(path)}`, {
        where: `${path}.sha256 on this machine`,
        remedy: `write it again with sha256sum where the dump is known to be whole, or remove it; nothing was changed`
      })
    if (expected !== sha256)
      throw new TenantError('restore', `the dump was damaged: its checksum is ${sha256} instead of ${expected}`, {
        where: `${path} on this machine`,
        remedy: 'copy it again from where it is whole, or restore another backup; nothing was changed'
      })
    return { path, bytes: size, sha256, checked: true }
  } catch (thrown) {
    if (thrown instanceof TenantError) throw thrown
    throw new TenantError('restore', `the dump can't be read: ${(thrown as Error).message}`, {
      where: `${path} on this machine`,
      remedy: 'correct the path, or name a backup on the host by its id; nothing was changed',
      cause: thrown
    })
  }
}

/** A line as sha256sum writes it, which marks a name that it had to escape. */
export function checksumLine(sha256: string, name: string): string {
  const told = escaped(name)
  return `${told === name ? '' : '\\'}${sha256}  ${told}\n`
}

const LINE = /^\\?([0-9a-f]{64})(?: [ *](.*))?$/i

/** The checksum of a file in what sha256sum wrote: the only line that there is, or the one with its name. */
export function checksumIn(text: string, name: string): string | null {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const [, sha256, of] = LINE.exec(line.trim()) ?? []
    return sha256 === undefined ? [] : [{ sha256: sha256.toLowerCase(), of }]
  })
  return (lines.length === 1 ? lines[0] : lines.find(({ of }) => of === escaped(name)))?.sha256 ?? null
}

function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}

function writingTo(file: FileHandle, hash: Hash): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      file.writeFile(chunk).then(() => done(), done)
    }
  })
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return false
      throw thrown
    }
  )
}
