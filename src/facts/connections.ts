import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionsFact } from './port-facts.ts'
import type { ConnectionsRequest } from './requests.ts'
import { ESTABLISHED, LISTENING, readSockets, type TcpSocket } from './sockets.ts'

const pauseMs = 100

export async function lookAtConnections({ port, deadlineMs }: ConnectionsRequest): Promise<ConnectionsFact> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const fact = countConnections(await readSockets(), port)
    if (fact.established === 0 || performance.now() + pauseMs >= deadline) return fact
    await sleep(pauseMs)
  }
}

export function countConnections(sockets: readonly TcpSocket[], port: number): ConnectionsFact {
  const states = sockets.filter((socket) => socket.port === port).map(({ state }) => state)
  return {
    established: states.filter((state) => state === ESTABLISHED).length,
    listening: states.includes(LISTENING)
  }
}
