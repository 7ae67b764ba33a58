import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec } from '@actions/exec'
import { TenantError } from '../errors.ts'
import type { FileChanges } from '../report/report.ts'
import type { Running } from './marker.ts'
import type { SyncOptions } from './remote.ts'
import { itemised, progressLine } from './rsync-output.ts'
import { tail } from './execute.ts'
import { missingTool } from './tools.ts'

/**
 * rsync's remote shell: it hands its standard input and output to the Unix socket of the process that holds
 * the open connection, and first the command line that rsync wants to run on the host.
 */
const RELAY = `'use strict'
const [socket, , ...words] = process.argv.slice(2)
const s = require('node:net').connect({ path: socket, allowHalfOpen: true })
s.on('error', () => process.exit(14))
s.write(JSON.stringify(words) + '\\n')
process.stdin.pipe(s)
s.pipe(process.stdout)
// rsync waits for us to end before it closes our standard input.
s.on('close', () => process.stdin.destroy())
s.on('end', () => process.stdin.destroy())
`

/** The remote rsync stops by itself after this long without a byte, in seconds. */
const IO_TIMEOUT_S = 120
/** Of what the remote rsync complains of, so many characters are kept. */
const mostErrors = 64 * 1024

/** The host's side of a sync. */
export interface Far {
  start(script: string): Promise<Running>
  /** @throws what explains the end better than rsync itself can: it never began, or its time was over. */
  judge(running: Running, end: RemoteEnd): void
}

export interface RemoteEnd {
  code: number | null
  stderr: string
}

export async function rsync(far: Far, options: SyncOptions, where: string): Promise<FileChanges> {
  const folder = await mkdtemp(join(tmpdir(), 'tenant-rsync-'))
  const socketPath = join(folder, 's')
  const remote = { code: 0 as number | null, stderr: '', error: undefined as unknown }
  let relayed = Promise.resolve()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    relayed = relay(socket, far, remote).catch((thrown: unknown) => {
      remote.error = thrown
      socket.destroy()
    })
  })
  try {
    await writeFile(join(folder, 'relay.cjs'), RELAY, { mode: 0o600 })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve))
    const output: Buffer[] = []
    const errors: Buffer[] = []
    // By env, for @actions/exec prints each folder of PATH that it may not read, on standard output and even when silent.
    const words = ['rsync', ...rsyncArguments(join(folder, 'relay.cjs'), socketPath, options)]
    const code = await exec('/usr/bin/env', words, {
      silent: true,
      ignoreReturnCode: true,
      listeners: {
        stdout: (chunk) => {
          output.push(chunk)
          const transfer = progressLine(chunk.toString('latin1'))
          if (transfer !== undefined) options.tell?.({ kind: 'transfer', ...transfer })
        },
        stderr: (chunk) => errors.push(chunk)
      }
    })
    // Our rsync may end before we hear why the host's did.
    await relayed
    if (remote.error !== undefined) throw remote.error
    if (remote.code === 127) throw missingTool('rsync', where)
    if (code === 127) throw missingTool('rsync', 'this machine')
    // Ours ends well also where the host's could not write what it was sent.
    const failure = [remote.code ?? 255, code].find((end) => end !== 0)
    if (failure !== undefined) throw failed(failure, remote, Buffer.concat(errors), options, where)
    return itemised(Buffer.concat(output))
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function rsyncArguments(relayPath: string, socketPath: string, options: SyncOptions): string[] {
  const shell = [process.execPath, relayPath, socketPath].map((word) => `'${word.replaceAll("'", "''")}'`).join(' ')
  return [
    '--recursive',
    '--links',
    '--perms',
    // The folders of the staging area have the modes that this machine's umask gave them.
    `--chmod=${options.closed === true ? 'D750,Fo-rwx' : 'D755'}`,
    '--checksum',
    '--delete',
    '--compress',
    '--protect-args',
    ...(options.keep ?? []).map((path) => `--exclude=/${path}`),
    `--timeout=${IO_TIMEOUT_S}`,
    '--info=progress2',
    '--out-format=%i %l %n',
    '--rsh',
    shell,
    '--',
    `${options.from}/`,
    `host:${options.to}/`
  ]
}

async function relay(socket: Socket, far: Far, remote: RemoteEnd): Promise<void> {
  const words = await firstLine(socket)
  // rsync has quoted its own words for a shell, as it would for ssh.
  const running = await far.start(`command -v rsync >/dev/null 2>&1 || exit 127\nexec ${words.join(' ')}\n`)
  const { channel, stdout } = running
  socket.on('error', () => channel.close())
  channel.stderr.on(
    'data',
    (chunk: Buffer) => (remote.stderr = (remote.stderr + chunk.toString('utf8')).slice(-mostErrors))
  )
  socket.pipe(channel.stdin)
  stdout.pipe(socket)
  socket.resume()
  try {
    remote.code = (await channel.exit).code
  } finally {
    socket.end()
  }
  far.judge(running, remote)
}

/** Reads one line of JSON and leaves what follows it in the socket. */
async function firstLine(socket: Socket): Promise<string[]> {
  let held = Buffer.alloc(0)
  for (;;) {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) {
      await new Promise<void>((resolve, reject) => {
        socket
          .once('readable', resolve)
          .once('error', reject)
          .once('close', () => reject(new Error('rsync ended before it asked for anything')))
      })
      continue
    }
    held = Buffer.concat([held, chunk])
    const end = held.indexOf(10)
    if (end < 0) continue
    socket.unshift(held.subarray(end + 1))
    return JSON.parse(held.subarray(0, end).toString('utf8')) as string[]
  }
}

function failed(code: number, remote: RemoteEnd, errors: Buffer, options: SyncOptions, where: string): TenantError {
  return new TenantError('sync', `rsync ended with exit code ${code} (see EXIT VALUES in man rsync)`, {
    where: `${where}:${options.to}`,
    remedy: 'look at the log below, at free disk space and at the rights of the account on the host',
    log: tail(`${errors.toString('utf8')}${remote.stderr}`)
  })
}
