import { ownersOf } from './accounts.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

/** A TCP socket as the kernel's tables have it. */
export interface TcpSocket {
  /** As the kernel numbers TCP's states (include/net/tcp_states.h). */
  state: string
  /** The addresses in hex, in the machine's own byte order. */
  address: string
  port: number
  peer: string
  peerPort: number
  uid: number
  /** 0 where no process has it: a connection that nobody accepted yet, or that is closing. */
  inode: number
}

export const ESTABLISHED = '01'
export const LISTENING = '0A'

/** All sockets that listen, are connected or closing, whoever asks. A kernel without IPv6 has no tcp6. */
export async function readSockets(): Promise<TcpSocket[]> {
  const tables = await settled([readText('/proc/net/tcp'), readText('/proc/net/tcp6')])
  return parseSockets(tables.map((table) => table ?? '').join('\n'))
}

/** Reads the text of /proc/net/tcp: "0: 0100007F:1005 00000000:0000 0A …", addresses and ports in hex, later uid and inode. */
export function parseSockets(table: string): TcpSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/)
    const [address, port] = (local ?? '').split(':')
    const [peer, peerPort] = (remote ?? '').split(':')
    if (!address || !port || !peer || !peerPort || !state || !/^[0-9A-F]+$/.test(port)) return []
    const numbers = { port: Number.parseInt(port, 16), peerPort: Number.parseInt(peerPort, 16) }
    return [{ state, address, peer, ...numbers, uid: Number(uid), inode: Number(inode) }]
  })
}

export function listenersOn(sockets: readonly TcpSocket[], port: number): TcpSocket[] {
  return sockets.filter((socket) => socket.state === LISTENING && socket.port === port)
}

/** The other end of a connection within this machine: the socket that was accepted on `port`, once a process has it. */
export function acceptedFrom(sockets: readonly TcpSocket[], port: number, ownPort: number): TcpSocket[] {
  return sockets.filter(
    (socket) =>
      socket.port === port &&
      socket.peerPort === ownPort &&
      socket.inode !== 0 &&
      LOOPBACK.test(socket.address) &&
      LOOPBACK.test(socket.peer)
  )
}

/** 127.0.0.1 in either byte order, also where an IPv6 socket has accepted it. */
const LOOPBACK = /^(?:0{16}(?:0000FFFF|FFFF0000))?(?:0100007F|7F000001)$/

/** The names of accounts, each once; one without a name stays a number. */
export async function accountsOf(uids: readonly number[]): Promise<string[]> {
  const names = new Set<string>()
  for (const uid of new Set(uids)) names.add((await ownersOf({ uid, gid: uid })).owner)
  return [...names].sort()
}
