import { connectLocal, type LocalOptions } from './local.ts'
import { connectSsh, type SshOptions } from './ssh.ts'
import type { Transport } from './transport.ts'

/** How a host is reached. */
export type Way = ({ kind: 'ssh' } & SshOptions) | ({ kind: 'local' } & LocalOptions)

export async function openTransport(way: Way): Promise<Transport> {
  return way.kind === 'local' ? connectLocal(way) : connectSsh(way)
}
