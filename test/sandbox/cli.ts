import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asTenantError, ExitCode, TenantError } from '../../src/errors.ts'
import { asRoot, run } from './command.ts'
import { removeHostFiles, runningHost, type SandboxHost } from './host-file.ts'
import { insideCommand } from './inside.ts'
import { identify } from './processes.ts'
import { checkout, ensureRoot, startSandbox, untilGone } from './sandbox.ts'
import { tryIt } from './try-it.ts'

const usage = `usage: npm run sandbox -- up | down | status
       npm run -s sandbox -- exec -- COMMAND…   runs it on the sandbox, as root`

const folder = join(checkout, '.sandbox')
const print = (text: string) => void process.stdout.write(`${text}\n`)
const starting = join(folder, 'starting')

const described = (
  host: SandboxHost
) => `The sandbox is up${host.inside === null ? ', in place on this machine itself' : ''}: a bare host.

  ssh         ssh -i ${host.key_file} -p ${host.port} ${host.user}@${host.address}
  host key    ${host.host_key}
  https       https://<domain>:${host.https_port}  (http ${host.http_port}; every domain at ${host.resolve}; --cacert ${host.ca_file})
  postgres    ${host.postgres.address}:${host.postgres.port}
  pgbouncer   ${host.pgbouncer.address}:${host.pgbouncer.port}
  acme        ${host.acme.directory}
  secrets     ${host.secrets_file}

Try next:

${tryIt
  .slice(1)
  .map((line) => `  ${line}`)
  .join('\n')}`

/** Two that start at once would overwrite each other's key, and one host would be left that nobody can end. */
function claimStart(): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(starting, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (identify(Number(readFileSync(starting, 'utf8'))) !== undefined) {
      throw new TenantError('usage', 'the sandbox is being started already', { where: starting, remedy: 'wait for it' })
    }
    rmSync(starting)
    claimStart()
  }
}

async function start(): Promise<SandboxHost> {
  claimStart()
  // The host that is being started ends with us.
  const giveUp = () => {
    rmSync(starting, { force: true })
    removeHostFiles(folder)
    process.exit(ExitCode.failed)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, giveUp)
  try {
    const sandbox = await startSandbox({ folder })
    await sandbox.keep()
    return sandbox.host
  } finally {
    for (const signal of signals) process.off(signal, giveUp)
    rmSync(starting, { force: true })
  }
}

async function up(): Promise<number> {
  print(described(runningHost(folder) ?? (await start())))
  return ExitCode.ok
}

async function down(): Promise<number> {
  const host = runningHost(folder)
  if (host !== undefined) {
    ensureRoot()
    await run(asRoot(['kill', '-TERM', String(host.supervisor.pid)]))
    await untilGone(host.supervisor)
  }
  removeHostFiles(folder)
  print('The sandbox is down.')
  return ExitCode.ok
}

function status(): number {
  const isUp = runningHost(folder) !== undefined
  print(isUp ? 'The sandbox is up.' : 'The sandbox is down.')
  return isUp ? ExitCode.ok : 1
}

function exec(command: string[]): number {
  const host = runningHost(folder)
  if (host === undefined) throw new TenantError('usage', 'no sandbox is up', { remedy: 'npm run sandbox -- up' })
  if (command.length === 0) throw new TenantError('usage', 'exec needs a command', { remedy: usage })
  ensureRoot()
  const [program = '', ...args] = insideCommand(host, command)
  // Ctrl-C is the command's to answer.
  process.on('SIGINT', () => {})
  const { status: code, error } = spawnSync(program, args, { cwd: '/', stdio: 'inherit' })
  if (error !== undefined) throw error
  return code ?? 128
}

async function main([verb, ...rest]: string[]): Promise<number> {
  if (verb === 'exec') return exec(rest[0] === '--' ? rest.slice(1) : rest)
  if (verb === 'up' && rest.length === 0) return up()
  if (verb === 'down' && rest.length === 0) return down()
  if (verb === 'status' && rest.length === 0) return status()
  throw new TenantError('usage', usage)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const error = asTenantError(thrown)
  const lines = [
    error.message,
    error.where && `where: ${error.where}`,
    error.log,
    error.remedy && `remedy: ${error.remedy}`
  ]
  process.stderr.write(`${lines.filter(Boolean).join('\n')}\n`)
  process.exitCode = error.exitCode
}
