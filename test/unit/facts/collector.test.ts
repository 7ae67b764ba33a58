import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readAnswers } from '../../../src/facts/answers.ts'
import type { FactRequest } from '../../../src/facts/requests.ts'
import { RUN_COLLECTOR } from '../../../src/remote/run-collector.ts'

const project = resolve(import.meta.dirname, '../../..')
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'collector-'))
const pm2Home = join(folder, 'pm2')
const started: ChildProcess[] = []
let bundle = ''

/** Hands the bundle to a node over standard input, as a connection does. */
async function gather<Q extends Record<string, FactRequest>>(requests: Q) {
  const child = spawn('sh', ['-c', RUN_COLLECTOR], { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(gzipSync(`globalThis.__REQUESTS__ = ${JSON.stringify(requests)};\n${bundle}`))
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = (await once(child, 'close')) as [number]
  return { code, answers: readAnswers(Buffer.concat(chunks).toString('utf8'), requests, 'here') }
}

const pm2 = (...args: string[]) =>
  run(join(project, 'node_modules/.bin/pm2'), args, {
    env: {
      ...process.env,
      ...{ PM2_HOME: pm2Home, PORT: '4101', RELEASE_ID: 'r1', NODE_ENV: 'production', HOSTNAME: 'host-1' },
      SECRET: 'hidden'
    }
  })

beforeAll(async () => {
  const lib = join(folder, 'lib')
  mkdirSync(lib)
  writeFileSync(join(lib, 'package.json'), '{}')
  symlinkSync(join(project, 'node_modules'), join(lib, 'node_modules'))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(project, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        outDir: lib,
        rootDir: join(project, 'src'),
        typeRoots: [join(project, 'node_modules/@types')]
      },
      include: [],
      files: [join(project, 'src/facts/collector.ts')]
    })
  )
  const tool = (name: string) => join(project, 'node_modules/.bin', name)
  await run(tool('tsc'), ['-p', join(folder, 'tsconfig.json')])
  await run(tool('ncc'), ['build', join(lib, 'facts/collector.js'), '-o', join(folder, 'dist'), '--minify'])
  bundle = readFileSync(join(folder, 'dist/index.js'), 'utf8')
}, 60_000)

afterAll(async () => {
  await pm2('kill')
  for (const child of started) child.kill()
  rmSync(folder, { recursive: true, force: true })
}, 30_000)

test('is small enough to be sent each time', () => {
  expect(Buffer.byteLength(bundle)).toBeLessThan(250_000)
})

test('answers nothing when nothing is asked', async () => {
  expect(await gather({})).toEqual({ code: 0, answers: {} })
})

test('a large answer comes through whole', async () => {
  const root = join(folder, 'many')
  mkdirSync(root)
  for (let i = 0; i < 1500; i++) writeFileSync(join(root, `a rather long name of a file, number ${i}`), String(i))
  const { code, answers } = await gather({ tree: { kind: 'tree', root } })
  expect(code).toBe(0)
  if (!answers.tree.ok) throw new Error(answers.tree.cause)
  expect(Object.keys(answers.tree.fact.files)).toHaveLength(1500)
})

test('answers what it can, and says why where it can not', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { code, answers } = await gather({
    here: { kind: 'file', path: join(project, 'package.json') },
    notAFolder: { kind: 'tree', root: join(project, 'package.json') },
    port: { kind: 'connections', port, deadlineMs: 0 },
    database: { kind: 'migrations', host: '127.0.0.1', port: 1, database: 'x', user: 'x', password: 'hunter22' },
    tools: { kind: 'tools', names: ['node', 'sh', 'no-such-tool'] }
  })
  server.close()
  expect(code).toBe(0)
  expect(answers).toMatchObject({
    here: { ok: true, fact: { exists: true } },
    notAFolder: { ok: false, cause: `${join(project, 'package.json')} is not a folder` },
    port: { ok: true, fact: { established: 0, listening: true } },
    database: { ok: false, cause: 'connect ECONNREFUSED 127.0.0.1:1' },
    tools: { ok: true, fact: { node: expect.stringMatching(/^v\d+\./) as string, 'no-such-tool': null } }
  })
})

test("asks PM2's daemon, tells when it is gone, and never starts one", async () => {
  const nowMs = expect.any(Number) as number
  const noDaemon = { ok: true, fact: { daemon: false, nowMs, processes: [] } }
  const ask = async () =>
    (await gather({ pm2: { kind: 'processes', pm2Home, watch: ['SECRET', 'NOT_SET'] } })).answers.pm2
  expect(await ask()).toEqual(noDaemon)
  expect(() => readFileSync(join(pm2Home, 'pm2.pid'))).toThrow('ENOENT')

  writeFileSync(join(folder, 'app.cjs'), 'setInterval(() => {}, 1000)\n')
  await pm2('start', join(folder, 'app.cjs'), '--name', 'shop-app', '--cwd', folder)
  const [listed] = JSON.parse((await pm2('jlist')).stdout) as { pid: number; pm2_env: { pm_uptime: number } }[]
  expect(await ask()).toEqual({
    ok: true,
    fact: {
      daemon: true,
      nowMs,
      processes: [
        {
          name: 'shop-app',
          status: 'online',
          pid: listed?.pid,
          restarts: 0,
          cwd: folder,
          env: { PORT: '4101', RELEASE_ID: 'r1', NODE_ENV: 'production', HOSTNAME: 'host-1' },
          overrides: ['SECRET'],
          startedAtMs: listed?.pm2_env.pm_uptime
        }
      ]
    }
  })

  await pm2('restart', 'shop-app')
  await pm2('stop', 'shop-app')
  expect(await ask()).toMatchObject({ fact: { processes: [{ status: 'stopped', restarts: 1, pid: 0 }] } })

  // Ended without warning, a daemon leaves its socket behind.
  process.kill(Number(readFileSync(join(pm2Home, 'pm2.pid'), 'utf8')), 'SIGKILL')
  await sleep(200)
  expect(await ask()).toEqual(noDaemon)
}, 60_000)

// Only the titles are nginx' own here, and they are what tells these processes apart.
const likeNginx = `
title() { (exec -a "$1" sleep 300) & echo $!; }
title 'nginx: worker process'
title 'nginx: worker process is shutting down'
title 'nginx: cache manager process'
trap 'kill $(jobs -p)' EXIT
trap exit TERM
echo ready
wait
`

test('finds the workers of the nginx that runs, and leaves out those that are about to end', async () => {
  const master = spawn('bash', ['-c', 'exec -a "nginx: master process /usr/sbin/nginx" bash -c "$0"', likeNginx])
  started.push(master)
  let output = ''
  for await (const chunk of master.stdout.setEncoding('utf8')) if ((output += chunk as string).includes('ready')) break
  const [worker] = output.split('\n').map(Number)
  // A child has its title only once it has started the program that it is.
  await vi.waitUntil(() => readFileSync(`/proc/${worker}/cmdline`, 'utf8').startsWith('nginx: worker'))
  writeFileSync(join(folder, 'nginx.pid'), `${master.pid}\n`)
  const { answers } = await gather({ nginx: { kind: 'nginx', pidFile: join(folder, 'nginx.pid') } })
  if (!answers.nginx.ok) throw new Error(answers.nginx.cause)
  expect(answers.nginx.fact).toMatchObject({ running: true, master: master.pid, workers: [{ pid: worker }] })
  // Within a minute: that is enough to see a wrong clock or unit, and no slow machine fails it.
  const age = Date.now() - (answers.nginx.fact.workers[0]?.startedAtMs ?? 0)
  expect(Math.abs(age)).toBeLessThan(60_000)
})
