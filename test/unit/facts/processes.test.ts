import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { decodeMessage, encodeMessage } from '../../../src/facts/amp.ts'
import { lookAtProcesses } from '../../../src/facts/processes.ts'
import { folderWith } from './folder.ts'

/** Something that listens where PM2's daemon would. */
async function daemon(reply: Buffer | null): Promise<string> {
  const pm2Home = folderWith()
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => (reply ? socket.write(reply) : socket.end()))
  })
  await new Promise<void>((resolve) => server.listen(`${pm2Home}/rpc.sock`, resolve))
  onTestFinished(() => void server.close())
  return pm2Home
}
const look = (pm2Home: string, watch?: string[]) =>
  lookAtProcesses({ kind: 'processes', pm2Home, ...(watch && { watch }) })
const now = expect.any(Number) as number
const noDaemon = { daemon: false, nowMs: now, processes: [] }

test('a message comes through whole, and is null for as long as it is not', () => {
  const args = [{ type: 'call', args: [{ a: 'ünï' }] }, 'id:1', 's:x', null, []]
  const bytes = encodeMessage(args)
  expect(decodeMessage(bytes)).toEqual(args)
  for (let length = 0; length < bytes.length; length++) expect(decodeMessage(bytes.subarray(0, length))).toBeNull()
})

test('tells of each process what this program sets, and of the rest of its environment only names that are asked for', async () => {
  const told = {
    name: 'shop-app',
    status: 'online',
    restart_time: 2,
    pm_cwd: '/srv/x',
    pm_uptime: 5,
    PORT: 4101,
    RELEASE_ID: 'r1',
    HOSTNAME: '127.0.0.1',
    DATABASE_URL: 'secret'
  }
  const pm2Home = await daemon(
    encodeMessage([{ args: [[{ name: 'shop-app', pid: 7, pm2_env: told }]] }, 'collector:0'])
  )
  const process = {
    name: 'shop-app',
    status: 'online',
    pid: 7,
    restarts: 2,
    cwd: '/srv/x',
    startedAtMs: 5,
    env: { PORT: '4101', RELEASE_ID: 'r1', HOSTNAME: '127.0.0.1' },
    overrides: []
  }
  expect(await look(pm2Home)).toEqual({ daemon: true, nowMs: now, processes: [process] })
  expect(await look(pm2Home, ['DATABASE_URL', 'TOKEN', 'constructor'])).toEqual({
    daemon: true,
    nowMs: now,
    processes: [{ ...process, overrides: ['DATABASE_URL'] }]
  })
})
test('no folder, or no socket: no daemon', async () => {
  const pm2Home = folderWith()
  expect(await look(pm2Home)).toEqual(noDaemon)
  rmSync(pm2Home, { recursive: true })
  expect(await look(pm2Home)).toEqual(noDaemon)
})

test.each([
  [
    'an error',
    encodeMessage([{ error: 'method does not exist' }, 'collector:0']),
    /answered with an error: method does not exist/
  ],
  ['a hang-up', null, /hung up without an answer/],
  ['something else', Buffer.from([0x11, 0, 0, 0, 3, ...Buffer.from('j:{')]), /an answer that can't be read/]
])('%s in place of an answer is said to be one', async (_, reply, message) => {
  await expect(look(await daemon(reply))).rejects.toThrow(message)
})
