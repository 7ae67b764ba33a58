/** Every reason for which this program gives up. The list is closed: a new one needs an exit code and a test that meets it. */
export type ErrorKind =
  | 'usage'
  | 'manifest'
  | 'secret'
  | 'source'
  | 'no-such-host'
  | 'refused'
  | 'unreachable'
  | 'host-key'
  | 'authentication'
  | 'dropped'
  | 'deadline'
  | 'privilege'
  | 'tool-missing'
  | 'host-answer'
  | 'command'
  | 'sync'
  | 'lock'
  | 'install'
  | 'build'
  | 'migration'
  | 'nginx'
  | 'start'
  | 'health'
  | 'no-release'
  | 'provision'
  | 'backup'
  | 'restore'
  | 'github'
  | 'interrupted'
  | 'internal'

export const ExitCode = {
  ok: 0,
  drift: 1,
  /** Failed, and what visitors see is what they saw before. */
  failed: 2,
  /** Failed, and a person is needed. */
  needsPerson: 3,
  /** Bad usage or configuration (EX_USAGE of sysexits.h). */
  usage: 64
} as const

export interface Explanation {
  /** Where it happened: a file with line and column, a host with a path, a step. */
  where?: string
  /** What the reader should do next. */
  remedy?: string
  /** The tail of the log that explains it; may hold many lines. */
  log?: string
  /** What visitors see may have changed, or something was left that only a person can put right. */
  needsPerson?: boolean
  cause?: unknown
}

/** The only error that is shown to a user: what happened, where, and what to do next. */
export class TenantError extends Error {
  readonly kind: ErrorKind
  readonly where: string | undefined
  readonly remedy: string | undefined
  readonly log: string | undefined
  needsPerson: boolean

  constructor(kind: ErrorKind, what: string, explanation: Explanation = {}) {
    super(what, explanation.cause === undefined ? undefined : { cause: explanation.cause })
    this.name = 'TenantError'
    this.kind = kind
    this.where = explanation.where
    this.remedy = explanation.remedy
    this.log = explanation.log
    this.needsPerson = explanation.needsPerson ?? false
  }

  get exitCode(): number {
    if (this.needsPerson) return ExitCode.needsPerson
    return this.kind === 'usage' || this.kind === 'manifest' || this.kind === 'secret'
      ? ExitCode.usage
      : ExitCode.failed
  }
}

/** Turns whatever was thrown into a TenantError; what was never foreseen becomes kind `internal`. */
export function asTenantError(thrown: unknown): TenantError {
  if (thrown instanceof TenantError) return thrown
  const what = thrown instanceof Error ? thrown.message : String(thrown)
  return new TenantError('internal', what, {
    cause: thrown,
    remedy: 'run again with --verbose, and report what it prints'
  })
}
