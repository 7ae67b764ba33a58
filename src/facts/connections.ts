import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionsFact } from './facts.ts'
import type { ConnectionsRequest } from './requests.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

const pauseMs = 100
// As the kernel numbers TCP's states (include/net/tcp_states.h).
const establishedState = '01'
const listenState = '0A'

export async function lookAtConnections({ port, deadlineMs }: ConnectionsRequest): Promise<ConnectionsFact> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    // A kernel without IPv6 has no tcp6.
    const tables = await settled([readText('/proc/net/tcp'), readText('/proc/net/tcp6')])
    const fact = countConnections(tables.map((table) => table ?? '').join('\n'), port)
    if (fact.established === 0 || performance.now() + pauseMs >= deadline) return fact
    await sleep(pauseMs)
  }
}

/** Reads the text of /proc/net/tcp: "0: 0100007F:1005 00000000:0000 0A …", addresses and ports in hex. */
export function countConnections(table: string, port: number): ConnectionsFact {
  const states = table.split('\n').flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/)
    return local && state && Number.parseInt(local.split(':')[1] ?? '', 16) === port ? [state] : []
  })
  return {
    established: states.filter((state) => state === establishedState).length,
    listening: states.includes(listenState)
  }
}
