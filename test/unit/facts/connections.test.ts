import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { countConnections, lookAtConnections } from '../../../src/facts/connections.ts'
import { acceptedFrom, listenersOn, parseSockets } from '../../../src/facts/sockets.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1005 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 1 1 0 100 0 0 10 0
   1: 0100007F:1005 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1005 01 00000000:00000000 00:00000000 00000000    33        0 3 1 0 20 4 30 10 -1
   3: 0100007F:1005 0100007F:C351 06 00000000:00000000 03:00000F00 00000000     0        0 0 3 0
   4: 00000000000000000000000001000000:1006 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4 1 0
`

test.each([
  [4101, { established: 1, listening: true }],
  [4102, { established: 0, listening: true }],
  [4103, { established: 0, listening: false }]
])('reads the state of port %i from /proc/net/tcp', (port, expected) => {
  expect(countConnections(parseSockets(table), port)).toEqual(expected)
})

test('says whose sockets listen, and whose has accepted a connection', () => {
  const row = (local: string, remote: string, uid: number, inode: number) =>
    `1: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000 ${uid} 0 ${inode} 1 0 20 4 30 10 -1\n`
  const mapped = '0000000000000000FFFF00000100007F'
  const sockets = parseSockets(
    table +
      // Accepted by an IPv6 socket; not accepted yet; from another machine.
      row(`${mapped}:1005`, `${mapped}:C352`, 1002, 5) +
      row('0100007F:1005', '0100007F:C353', 0, 0) +
      row('0100007F:1005', '0200000A:C350', 1003, 6)
  )
  expect(listenersOn(sockets, 4101).map(({ uid }) => uid)).toEqual([1001])
  expect(listenersOn(sockets, 4102).map(({ uid }) => uid)).toEqual([0])
  const accepted = (ownPort: number) => acceptedFrom(sockets, 4101, ownPort).map(({ uid }) => uid)
  expect([50000, 50001, 50002, 50003].map(accepted)).toEqual([[1001], [], [1002], []])
})

test('waits until the last connection is gone', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [ReturnType<typeof connect>]
  const look = (deadlineMs: number) => lookAtConnections({ kind: 'connections', port, deadlineMs })
  expect(await look(0)).toEqual({ established: 1, listening: true })
  const waited = look(20_000)
  setTimeout(() => {
    client.destroy()
    accepted.destroy()
  }, 50)
  expect(await waited).toEqual({ established: 0, listening: true })
  server.close()
  await once(server, 'close')
  expect(await look(0)).toEqual({ established: 0, listening: false })
})
