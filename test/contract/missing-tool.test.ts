import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lock } from '../../src/deploy/lock.ts'
import { removeProcesses, saveProcesses } from '../../src/deploy/process.ts'
import { checkSite } from '../../src/deploy/site.ts'
import type { Shipment } from '../../src/deploy/shipment.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { connectTo, shipmentFor } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const folder = mkdtempSync(join(tmpdir(), 'missing-tool-'))
let remote: Connection
let shipment: Shipment

beforeAll(async () => {
  writeFileSync(join(folder, 'index.html'), 'x')
  remote = await connectTo(world)
  shipment = shipmentFor(world, 'otherbrand', remote)
})

afterAll(async () => {
  await remote[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Runs something while a program is nowhere to be found on the host. */
async function without<T>(tool: string, work: () => Promise<T>): Promise<T> {
  const script = (from: string, to: string) =>
    `for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
  if [ -e "$folder/${from}" ]; then mv "$folder/${from}" "$folder/${to}"; fi; done`
  await world.exec(['sh', '-c', script(tool, `${tool}.away`)])
  try {
    return await work()
  } finally {
    await world.exec(['sh', '-c', script(`${tool}.away`, tool)])
  }
}

const identity = { by: 'a test', host: 'here', command: 'deploy', run: null, at: new Date().toISOString() }
const deadline = { step: 'try it', deadlineMs: 20_000 }

const uses: [tool: string, remedy: string, use: () => Promise<unknown>][] = [
  ['rsync', 'apt-get install rsync', () => remote.sync({ from: folder, to: '/tmp/synced', deadlineMs: 20_000 })],
  ['node', 'install Node.js 24', () => remote.gather({})],
  ['pm2', 'npm install --global pm2', () => saveProcesses(shipment)],
  [
    'nginx',
    'apt-get install nginx',
    () => checkSite(shipment, '/etc/nginx/tenants.d/otherbrand-app.conf', '# empty\n')
  ],
  ['flock', 'apt-get install util-linux', () => checkSite(shipment, '/etc/nginx/tenants.d/otherbrand-app.conf', '')],
  [
    'flock',
    'apt-get install util-linux',
    () => lock(remote, shipment.layout, identity, { waitMs: 0, tell: () => undefined, signal: shipment.signal })
  ],
  ['git', 'apt-get install git', () => remote.execute({ words: ['git', '--version'] }, deadline)]
]

// In place, these are the machine's own programs, which others may need at this moment.
test.each(uses)('%s is missing: %s', async (tool, remedy, use) => {
  expect(await without(tool, () => failureOf(use()))).toMatchObject({
    kind: 'tool-missing',
    message: `${tool} is missing`,
    where: remote.name,
    remedy: expect.stringContaining(remedy) as string
  })
})

test('a program outside PATH is found in a folder that the host file names under path', async () => {
  await world.exec([
    'sh',
    '-c',
    'mkdir -p /opt/odd && printf "#!/bin/sh\\necho found" >/opt/odd/oddly && chmod 755 /opt/odd/oddly'
  ])
  expect(await failureOf(remote.execute({ words: ['oddly'] }, deadline))).toMatchObject({ kind: 'tool-missing' })
  await using other = await connectTo(world, { path: ['/opt/odd'] })
  expect((await other.execute({ words: ['oddly'] }, deadline)).stdout).toBe('found\n')
  await world.exec(['rm', '-r', '/opt/odd'])
})

test('and with all of them there, nothing is missing', async () => {
  for (const [, , use] of uses.filter(([tool]) => !['pm2', 'flock', 'nginx'].includes(tool))) await use()
  await removeProcesses(shipment, ['no such process'])
})
