import type { Duplex, Readable, Writable } from 'node:stream'
import type { Answers } from '../facts/facts.ts'
import type { WatchMessage, WatchRequest } from '../facts/logs.ts'
import type { FactRequest } from '../facts/requests.ts'
import type { Command } from '../shell/command.ts'
import type { FileChanges, Tell } from '../report/report.ts'

export interface Actor {
  /** The Unix account to become; absent: the account that connected. */
  as?: string
}

/** A connection that may only look. */
export interface Observer {
  /** For messages: user@address:port, or user@machine for the one that we run on. */
  readonly name: string
  /**
   * Asks all of it in one exec of the collector.
   * @throws TenantError when the host can't be asked at all; a single question that fails is data.
   */
  gather<Q extends Record<string, FactRequest>>(
    requests: Q,
    options?: Actor & { deadlineMs?: number }
  ): Promise<Answers<Q>>
  /** Has log files told line by line; nothing of it is left on the host when we leave, or the connection does. */
  watch(request: WatchRequest, options?: Actor): Promise<Watching>
}

export interface Watching extends AsyncDisposable {
  /**
   * Ends once all is told, and where logs are followed when we leave.
   * @throws TenantError when the account could not be become, or the connection was lost
   */
  messages: AsyncIterable<WatchMessage>
}

export interface ExecuteOptions extends Actor {
  /** What the command is for, as an error should name it. */
  step: string
  deadlineMs: number
  input?: string | Buffer | Readable
  /**
   * Standard output goes there as it comes, byte for byte, and not into the result. It is ended with the command, and
   * destroyed where that does not come to its end.
   */
  output?: Writable
  /** May be cut off in the middle when the run is to end early: it takes long, and nothing else depends on its end. */
  interruptible?: boolean
  /** Called with each line as it comes, standard output and error alike; of an `output`, only error. */
  onLine?: (line: string) => void
}

export interface Result {
  code: number
  stdout: string
  stderr: string
}

export interface SyncOptions extends Actor {
  /** Local folder; its content is what the remote folder shall hold, exactly. */
  from: string
  /** Absolute path on the host. */
  to: string
  /** Paths below `to` that are not ours to delete. */
  keep?: string[]
  /** Accounts outside of the owner's group get no rights to what is copied. */
  closed?: boolean
  deadlineMs: number
  tell?: Tell
}

/** A connection that may act. */
export interface Remote extends Observer {
  /** Runs a command and resolves with its exit code, whatever it is. */
  execute(command: Command, options: ExecuteOptions): Promise<Result>
  /** Makes the remote folder's content equal to the local one's, compared by checksum, and answers with what rsync itemised. */
  sync(options: SyncOptions): Promise<FileChanges>
  /** A stream to a TCP port as seen from the host, over this same connection. */
  dial(address: string, port: number): Promise<Duplex>
  /** A command that stays open with its standard input; ends with the connection at the latest. */
  open(command: Command, options: Actor & { step: string }): Promise<OpenCommand>
  [Symbol.asyncDispose](): Promise<void>
}

export interface OpenCommand {
  /** Lines of standard output as they come. */
  lines: AsyncIterable<string>
  write(text: string): void
  /** Closes its standard input and resolves with its exit code. */
  end(): Promise<number>
}
