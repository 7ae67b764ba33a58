import { TenantError } from '../errors.ts'
import type { BindFact } from '../facts/port-facts.ts'
import type { Shipment } from './shipment.ts'

/**
 * Binds the port as the tenant's account, as the release is about to: what only looks free, another account may have bound
 * without listening, to listen there once the release has failed to.
 * @throws TenantError where the account cannot have the port that a release is to start on.
 */
export async function assertFree(shipment: Shipment, port: number): Promise<void> {
  const { account } = shipment.layout
  const { bound } = await shipment.remote.gather({ bound: { kind: 'bind', port } }, { as: account })
  const where = `${shipment.remote.name}, port ${port}`
  if (!bound.ok)
    throw new TenantError('host-answer', `could not find out whether port ${port} is free: ${bound.cause}`, {
      where,
      remedy: 'fix what the host reported, and run the same command again'
    })
  if (!bound.fact.free) throw new TenantError('start', ...taken(bound.fact, port, account, where))
}

/** Another account's process listens where the release's own has to. `said` is what the probe found. */
export function answeredByOthers(shipment: Shipment, port: number, said: string, log: string): TenantError {
  return new TenantError('start', said, {
    where: `${shipment.remote.name}, port ${port}`,
    remedy: `${endIt(port)}. Nothing that it answered was taken for the release's health`,
    log
  })
}

function taken(
  { refused = { address: 'port', code: 'an unknown error' }, listening, connected, closing }: BindFact,
  port: number,
  account: string,
  where: string
): [what: string, { where: string; remedy: string }] {
  const { address, code } = refused
  if (code === 'EACCES')
    return [
      `${account} has no right to bind port ${port}`,
      {
        where,
        remedy: `give the tenant ports in its manifest that are not reserved (sysctl net.ipv4.ip_unprivileged_port_start)`
      }
    ]
  if (code !== 'EADDRINUSE')
    return [
      `${account} can't bind port ${port} on ${address}: ${code}`,
      { where, remedy: 'fix what the host reported, or give the tenant other ports in its manifest' }
    ]
  const other = `port ${port} is taken by another program on the host`
  if (listening.length > 0)
    return [
      listening.join() === account
        ? `port ${port} is taken by a process of ${account} that is not the release's`
        : `${other}: ${listening.join(', ')} ${listening.length > 1 ? 'listen' : 'listens'} there`,
      { where, remedy: endIt(port) }
    ]
  if (connected.length > 0)
    return [
      `${other}: ${connected.join(', ')} has a connection from it`,
      {
        where,
        remedy: `wait for its end (ss -tnp 'sport = :${port}' names it), and keep the tenant's ports out of those that connections take (sysctl net.ipv4.ip_local_port_range, or ip_local_reserved_ports)`
      }
    ]
  if (closing)
    return [
      `port ${port} is not free yet: closed connections hold it (ss -tn state time-wait 'sport = :${port}')`,
      { where, remedy: 'run the same command again in a minute' }
    ]
  return [
    `${other}: it has bound ${address} and does not listen, and of which account it is the kernel does not show`,
    {
      where,
      remedy: `find it as root and end it: ss -tnpB 'sport = :${port}' names it (Linux and iproute2 6.8 or newer); before these, lsof -nP | grep 'protocol: TCP' lists the processes with such a socket, without its port. Or give the tenant other ports in its manifest`
    }
  ]
}

function endIt(port: number): string {
  return `end that program (as root, ss -ltnp 'sport = :${port}' names it), or give the tenant other ports in its manifest`
}
