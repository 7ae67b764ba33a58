import type { Duplex, Readable, Writable } from 'node:stream'

/** One running command line on the host. */
export interface Channel {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /** Resolves when the command has ended and its output was read; rejects when the connection was lost first. */
  exit: Promise<{ code: number | null; signal: string | null }>
  /** Hangs up; the command sees its standard input end. */
  close(): void
}

/** The way to a host. It knows command lines and streams, neither tenants nor facts. */
export interface Transport {
  /** For messages: user@address:port, or user@machine for the one that we run on. */
  readonly name: string
  exec(commandLine: string): Promise<Channel>
  dial(address: string, port: number): Promise<Duplex>
  close(): Promise<void>
}
