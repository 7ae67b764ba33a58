import { createServer } from 'node:net'
import type { BindFact } from './port-facts.ts'
import type { BindRequest } from './requests.ts'
import { causeOf, codeOf } from './cause.ts'
import { accountsOf, LISTENING, readSockets } from './sockets.ts'

/** An app may choose any of these; each is tried, as an error then says which one is taken. `::` stands for all of both kinds. */
const addresses = ['127.0.0.1', '0.0.0.0', '::']
const withoutIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL']

/**
 * Binds and listens as an app does, which is the only way to learn that it can: a socket that another account has bound and
 * that does not listen stands in none of the kernel's tables.
 */
export async function tryToBind({ port }: BindRequest): Promise<BindFact> {
  for (const address of addresses) {
    const code = await whyNot(address, port)
    if (code === null || (address === '::' && withoutIpv6.includes(code))) continue
    return { free: false, refused: { address, code }, ...(await holders(port)) }
  }
  return { free: true, listening: [], connected: [], closing: false }
}

/** Node binds with SO_REUSEADDR and without SO_REUSEPORT: connections that are closing are no hindrance, any other socket is. */
function whyNot(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    // Who connects in this moment is reset: ended in order, the connection would stay for a while.
    const server = createServer((socket) => socket.resetAndDestroy())
    server.once('error', (error) => resolve(codeOf(error) ?? causeOf(error)))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

async function holders(port: number): Promise<Pick<BindFact, 'listening' | 'connected' | 'closing'>> {
  const sockets = (await readSockets()).filter((socket) => socket.port === port)
  const of = (some: typeof sockets) => accountsOf(some.map(({ uid }) => uid))
  return {
    listening: await of(sockets.filter(({ state }) => state === LISTENING)),
    connected: await of(sockets.filter(({ state, inode }) => state !== LISTENING && inode !== 0)),
    closing: sockets.some(({ inode }) => inode === 0)
  }
}
