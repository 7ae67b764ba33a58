import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { lookAtRoute } from '../../../src/facts/route.ts'

const look = (port: number) =>
  lookAtRoute({ kind: 'route', host: '127.0.0.1', port, database: 'shop', user: 'shop', password: 'hunter22' })

test('nobody there is an answer', async () => {
  expect(await look(1)).toEqual({ connected: false, error: 'connect ECONNREFUSED 127.0.0.1:1' })
})

test("a refusal is an answer in the server's words, the password never", async () => {
  let asked = ''
  const server = createServer((socket) => {
    const fields = Buffer.from('SFATAL\0C28P01\0Mno shop with password hunter22\0\0')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(fields.length + 4)
    socket.once('data', (data) => {
      asked = data.toString('latin1')
      socket.end(Buffer.concat([Buffer.from('E'), length, fields]))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await look((server.address() as AddressInfo).port)
  server.close()
  expect(answer).toEqual({ connected: false, error: 'no shop with password ***' })
  // PgBouncer refuses every start-up parameter that it does not know.
  expect(asked).toContain('database\0shop')
  expect(asked).not.toContain('options')
})
