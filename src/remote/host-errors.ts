import { TenantError } from '../errors.ts'
import type { Privilege } from '../shell/envelope.ts'
import { tail } from './execute.ts'
import type { Result } from './remote.ts'

/** sshd, or this machine, would have let us, but the port did not answer. */
export function nothingListens(where: string, at: string, cause: unknown): TenantError {
  const remedy = 'start what shall listen there, or correct its address and port in the host file'
  return new TenantError('host-answer', `nothing accepts connections at ${at} on the host`, { where, remedy, cause })
}

export function silentHost(where: string, what: string, ms: number): TenantError {
  const remedy = 'look at what the host is doing, and at the network between'
  return new TenantError('deadline', `the host did not open ${what} within ${ms / 1000} s`, { where, remedy })
}

export function pastDeadline(
  where: string,
  { step, deadlineMs }: { step: string; deadlineMs: number },
  result?: Result
): TenantError {
  return new TenantError('deadline', `not done within ${Math.round(deadlineMs / 1000)} s: ${step}`, {
    where,
    remedy: 'look at what the host is doing; where it simply needs longer, raise the limit in the manifest',
    log: result === undefined ? '' : tail(`${result.stdout}\n${result.stderr}`)
  })
}

export interface Refusal {
  step: string
  /** The account that was to be become. */
  as: string | undefined
  user: string | undefined
  privilege: Privilege
  code: number
  log: string
}

/** Our script did not even begin: it is either the account that could not be become, or the login shell. */
export function neverBegan(where: string, refusal: Refusal): TenantError {
  const { step, as, user, code, log } = refusal
  if (as !== undefined && as !== user) {
    const what = `could not become the account ${as} to ${step}`
    return new TenantError('privilege', what, { where, remedy: privilegeRemedy(as, refusal), log })
  }
  return new TenantError('host-answer', `the host did not run our command to ${step} (exit code ${code})`, {
    where,
    remedy:
      'the account needs a login shell that runs commands (sh, bash, zsh, fish), and sh, timeout and base64 on the host',
    log
  })
}

function privilegeRemedy(as: string, { user = 'deploy', privilege }: Refusal): string {
  if (as === 'root') {
    return `${user} may not become root here: let an administrator run \`tenant provision\` (--user root), or give it a sudo rule`
  }
  const exists = `the account ${as} has to exist (\`tenant provision\` makes those of tenants)`
  return privilege === 'root'
    ? `${exists}, and \`privilege: root\` in the host file needs a connection as root: ${user} connected`
    : `${exists}, and ${user} needs a sudo rule for it, without a password, as in: ${user} ALL=(%tenants) NOPASSWD: ALL`
}
