import { createInterface } from 'node:readline'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TenantError } from '../errors.ts'
import type { ExecuteOptions } from './remote.ts'
import type { Channel } from './transport.ts'

export async function collect(stream: Readable, onLine?: (line: string) => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  if (onLine !== undefined) createInterface({ input: stream }).on('line', onLine)
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise<void>((resolve, reject) => stream.once('end', resolve).once('close', resolve).once('error', reject))
  return Buffer.concat(chunks)
}

/** Collects nothing: what the host says goes to `output` as fast as that takes it. */
export async function deliver(stream: Readable, output: Writable, step: string): Promise<Buffer> {
  try {
    await pipeline(stream, output)
  } catch (thrown) {
    throw broken(`what the host sent could not be kept to ${step}`, output.errored ?? thrown)
  }
  return Buffer.alloc(0)
}

/** @throws TenantError where a stream that feeds the command fails; a host that stops reading shows in its exit code. */
export async function feed(channel: Channel, input: ExecuteOptions['input'], step: string): Promise<void> {
  if (!(input instanceof Readable)) return void channel.stdin.end(input)
  const stop = () => void input.destroy()
  channel.exit.then(stop, stop)
  input.pipe(channel.stdin)
  try {
    if (input.errored !== null) throw input.errored
    await new Promise<void>((resolve, reject) => input.once('close', resolve).once('error', reject))
  } catch (thrown) {
    throw broken(`what the host was to get could not be read to ${step}`, thrown)
  }
}

function broken(what: string, cause: unknown): TenantError {
  return new TenantError('command', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    where: 'this machine',
    remedy: 'look at free disk space and at the rights of the account on this machine',
    cause
  })
}
