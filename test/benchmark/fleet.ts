import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { limit } from '../../src/facts/limit.ts'
import { runningHost } from '../sandbox/host-file.ts'
import { checkout, startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { repositoryAt, type Repository } from '../world/repository.ts'
import { tinyApp, writeTinyApp } from '../world/tiny-app.ts'
import { worldAt, type World } from '../world/world.ts'

/** Many tenants on one host, each with an app and a site that were shipped to it. */
export interface Fleet extends AsyncDisposable {
  world: World
  names: string[]
}

export interface FleetOptions {
  tenants: number
  /** A folder whose fleet is used as it stands, made if there is none, and left standing; default: a fresh one. */
  at?: string
  say: (line: string) => void
}

/** Below those that sandboxes choose from, which may start while the fleet is made. */
const FIRST_PORT = 12_000

const nameOf = (index: number) => `tenant${String(index + 1).padStart(3, '0')}`

/** Ships to every tenant with the committed command; that takes some seconds for each. */
export async function makeFleet({ tenants, at, say }: FleetOptions): Promise<Fleet> {
  const names = Array.from({ length: tenants }, (_, index) => nameOf(index))
  if (at !== undefined && runningHost(join(at, '.sandbox')) !== undefined) {
    say(`the fleet in ${at} is up`)
    return { world: worldAt(at), names, [Symbol.asyncDispose]: async () => {} }
  }
  const folder = at ?? mkdtempSync(join(tmpdir(), 'tenant-benchmark-'))
  const repository = writeRepository(folder, names)
  let sandbox: Sandbox | undefined
  const end = async () => {
    await sandbox?.stop()
    repository.dispose()
  }
  try {
    sandbox = await startSandbox({ folder: join(folder, '.sandbox'), tenants: join(folder, 'tenants'), say })
    const world = worldAt(folder)
    await deployAll(world, names, say)
    if (at === undefined) return { world, names, [Symbol.asyncDispose]: end }
    await sandbox.keep()
    say(`the fleet stays: kill ${world.host.machine.process.pid} ends its host, and ${folder} is then yours to remove`)
    return { world, names, [Symbol.asyncDispose]: async () => {} }
  } catch (error) {
    await end()
    throw error
  }
}

function writeRepository(folder: string, names: string[]): Repository {
  if (existsSync(join(folder, 'tenants'))) throw new Error(`${folder} has tenants, and no host of ours runs for them`)
  mkdirSync(folder, { recursive: true })
  const repository = repositoryAt(folder)
  for (const [index, name] of names.entries()) {
    repository.write(`tenants/${name}/tenant.yml`, manifest(name, FIRST_PORT + 2 * index))
    cpSync(join(checkout, 'test/otherbrand-site'), join(folder, site(name)), { recursive: true })
  }
  repository.write('tenants/hosts/sandbox.yml', hostFile)
  repository.write('.gitignore', '/.sandbox/\n')
  writeTinyApp(repository)
  repository.write(`${tinyApp}/server.js`, server)
  execFileSync('git', ['init', '--quiet', folder])
  repository.commit('The tenants')
  return repository
}

async function deployAll(world: World, names: string[], say: (line: string) => void): Promise<void> {
  const inTurn = limit(availableParallelism())
  let done = 0
  await Promise.all(
    names.map((name) =>
      inTurn(async () => {
        let ran = await world.tenant(['deploy', name])
        if (ran.code !== 0) {
          // One deadline that passes on a machine this busy must not cost all that was made before.
          say(`deploy ${name} ended with ${ran.code}, and is tried once more:\n${ran.stdout}${ran.stderr}`)
          ran = await world.tenant(['deploy', name])
        }
        if (ran.code !== 0) throw new Error(`deploy ${name} ended with ${ran.code}:\n${ran.stdout}${ran.stderr}`)
        done++
        if (done % 5 === 0 || done === names.length) say(`${done} of ${names.length} tenants are deployed`)
      })
    )
  )
}

/** The tiny app asks its database by a program of its own for each request; here that would be most of what is measured. */
const server = `const { createServer } = require('node:http')
process.loadEnvFile('.env.local')

createServer((request, response) => {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-allow-methods', 'GET, POST, OPTIONS')
  response.setHeader('access-control-allow-headers', 'content-type')
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ release: process.env.RELEASE_ID }))
}).listen(Number(process.env.PORT), '127.0.0.1')
`

export const hostFile = 'name: sandbox\nfrom: .sandbox/host.json\n'

const site = (name: string) => `test/${name}-site`

/** As test/otherbrand's: with certificates that lie in files, where the sandbox puts them when it starts. */
const manifest = (name: string, port: number) => `name: ${name}
host: sandbox

tls:
  certificate: /etc/ssl/tenants/${name}.crt
  key: /etc/ssl/tenants/${name}.key

database:
  name: ${name}
  role: ${name}
  password: ${name.toUpperCase()}_DATABASE_PASSWORD

app:
  domain: booking.${name}.test
  redirects: [book.${name}.test]
  source: ${tinyApp}
  ports: [${port}, ${port + 1}]
  install: node --version
  build: node build.mjs
  start: node server.js
  env:
    MARKETING_ORIGIN: https://www.${name}.test
  secrets:
    SESSION_SECRET: ${name.toUpperCase()}_SESSION_SECRET

marketing:
  domain: www.${name}.test
  redirects: [${name}.test]
  source: ${site(name)}
  widget:
    file: public/widget/booking.js
    to: assets/booking.js
    api: /api/bookings
  assets:
    - /assets/logo.svg
`
