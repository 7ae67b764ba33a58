import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { lookAtMigrations } from '../../../src/facts/migrations.ts'

const look = (port: number) =>
  lookAtMigrations({
    kind: 'migrations',
    host: '127.0.0.1',
    port,
    database: 'shop',
    user: 'shop',
    password: 'hunter22'
  })

test('no server is an error in its own words', async () => {
  await expect(look(1)).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:1')
})

test("the server's message comes through, the password never", async () => {
  const server = createServer((socket) => {
    const fields = Buffer.from('SFATAL\0C28P01\0Mno shop with password hunter22\0\0')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(fields.length + 4)
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, fields])))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await expect(look((server.address() as AddressInfo).port)).rejects.toThrow('no shop with password ***')
  server.close()
})
