import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A port of this computer that passes everything on to one of a host, and counts. */
export interface Relay extends AsyncDisposable {
  port: number
  counted: {
    connections: number
    /** Bytes to that port, and from it. */
    sent: number
    received: number
  }
}

export async function startRelay(host: string, port: number): Promise<Relay> {
  const counted = { connections: 0, sent: 0, received: 0 }
  const open = new Set<Socket>()
  const server = createServer((near) => {
    counted.connections++
    const far = connect(port, host)
    near.on('data', (chunk) => (counted.sent += chunk.length)).pipe(far)
    far.on('data', (chunk) => (counted.received += chunk.length)).pipe(near)
    for (const [socket, other] of [
      [near, far],
      [far, near]
    ] as const) {
      open.add(socket)
      // Whoever is cut off on one side is so on the other.
      socket.on('error', () => other.destroy()).on('close', () => open.delete(socket))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    counted,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
