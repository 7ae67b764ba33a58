import { TenantError } from '../errors.ts'

interface Attempt {
  name: string
  options: { address: string; port: number; user: string; hostKeys: readonly string[] }
  /** Fingerprint of the host key that was shown, where it came that far. */
  seen: string | undefined
}

/** Node's and ssh2's codes for a failed connect, as one of our kinds. */
export function connectError(thrown: unknown, attempt: Attempt): TenantError {
  const { name, options, seen } = attempt
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const code = (error as NodeJS.ErrnoException).code
  const level = (error as { level?: string }).level
  const where = name
  if (seen !== undefined && !options.hostKeys.includes(seen)) {
    return new TenantError(
      'host-key',
      `the host shows the key ${seen}, which is not pinned (pinned: ${options.hostKeys.join(', ')})`,
      {
        where,
        remedy:
          'if the host was set up anew, compare the key with the one on its console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then pin it as host_key in the host file; otherwise somebody stands between',
        cause: error
      }
    )
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new TenantError('no-such-host', `no such host: ${options.address}`, {
      where,
      remedy: 'correct address in the host file, or the DNS entry',
      cause: error
    })
  }
  if (code === 'ECONNREFUSED') {
    return new TenantError('refused', `nothing accepts SSH at ${options.address} port ${options.port}`, {
      where,
      remedy: 'correct port in the host file, or start sshd on the host',
      cause: error
    })
  }
  if (level === 'client-authentication') {
    return new TenantError('authentication', `the host does not accept this key for the account ${options.user}`, {
      where,
      remedy: `add the key's public half to ~${options.user}/.ssh/authorized_keys on the host, or correct user in the host file; an account that useradd made is locked until it has a password entry (usermod -p '*')`,
      cause: error
    })
  }
  if (level === 'client-timeout' || code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return new TenantError('unreachable', `no answer from ${options.address} port ${options.port}`, {
      where,
      remedy: 'look whether the host is up and a firewall lets this machine in',
      cause: error
    })
  }
  return new TenantError('dropped', `the SSH connection could not be set up: ${error.message}`, {
    where,
    remedy: "look at sshd's log on the host",
    cause: error
  })
}
