/** How the account that connected becomes another: by a rule of sudo, or by itself, because it is root. */
export type Privilege = 'sudo' | 'root'

/** How a script reaches the host's sh through an account whose login shell may be any shell. */
export interface EnvelopeOptions {
  /** The account to become, held by the schemas to letters, digits, underscores and dashes. */
  as: string | undefined
  /** The account that connected. */
  user: string | undefined
  privilege: Privilege
  /** The host ends the command by itself after this time, also when the connection is gone; whole seconds. */
  timeoutSeconds: number | undefined
  /** Folders to search first for programs. */
  path: readonly string[]
}

/** Debian's own secure_path for sudo, so that an account finds the same programs in whichever way it is become. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The command line is a constant that bash, dash, zsh, fish and csh all read alike: pairs of single quotes
 * without backslash, `!` or newline inside. The script itself is the first line of standard input, in base64;
 * what follows that line is the script's own standard input. A POSIX `read` takes no byte beyond the newline.
 */
export function envelopeCommand(options: EnvelopeOptions): string {
  const limit = options.timeoutSeconds === undefined ? '' : `timeout -k 10 ${options.timeoutSeconds} `
  return `${become(options)}${limit}sh -c 'IFS= read -r s; eval "$(printf %s "$s" | base64 -d)"'`
}

/**
 * As root, the account's own groups, home and environment are taken, as sudo takes them: its main group need not be
 * called as it is, and what root exports in a profile of its own is no business of a tenant's process.
 */
function become({ as, user, privilege }: EnvelopeOptions): string {
  if (as === undefined || as === user) return ''
  if (privilege === 'sudo') return `sudo -n -H -u ${as} -- `
  const script = `g=$(id -g "$0") && exec setpriv --reuid "$0" --regid "$g" --init-groups --reset-env env PATH=${PATH} "$@"`
  return `sh -c '${script}' ${as} `
}

/**
 * The first line of standard input for `script`. The script begins by printing `marker` on a line of its own:
 * what stands before it was printed by a profile and is dropped, and where it is missing the script never ran.
 */
export function envelopeInput(script: string, marker: string, options: EnvelopeOptions): string {
  const path = options.path.length === 0 ? '' : `PATH=${options.path.join(':')}:"$PATH"; export PATH\n`
  return `${Buffer.from(`printf '%s\\n' ${marker}\n${path}${script}`).toString('base64')}\n`
}

/** `timeout` answers with this when the time had passed, and with 137 when it had to kill. */
export const TIMED_OUT: readonly number[] = [124, 137]

/**
 * The script, ended with everything that it started as soon as its standard input ends: when we hang up, and when the
 * connection is gone. `timeout` around it makes the group that the signal goes to, and kills what ignores it.
 */
export function endsWithInput(script: string): string {
  return `exec 3<&0 </dev/null
{ cat <&3; kill -TERM 0; } >/dev/null 2>&1 &
watch=$!
(
${script}) 3<&-
code=$?
kill "$watch" 2>/dev/null
exit "$code"
`
}
