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

export function countConnections(table: string, port: number): ConnectionsFact {
  const states = socketsAt(table, port).map(({ state }) => state)
  return {
    established: states.filter((state) => state === establishedState).length,
    listening: states.includes(listenState)
  }
}

/** The accounts, by number, of the sockets that listen on a port. */
export function listenersOn(table: string, port: number): number[] {
  return socketsAt(table, port).flatMap(({ state, uid }) => (state === listenState ? [uid] : []))
}

/** Reads the text of /proc/net/tcp: "0: 0100007F:1005 00000000:0000 0A …", addresses and ports in hex, later the uid. */
function socketsAt(table: string, port: number): { state: string; uid: number }[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , uid] = line.trim().split(/\s+/)
    const isThere = local && state && Number.parseInt(local.split(':')[1] ?? '', 16) === port
    return isThere ? [{ state, uid: Number(uid) }] : []
  })
}
