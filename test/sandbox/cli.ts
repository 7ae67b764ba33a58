import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { asTenantError, ExitCode, TenantError } from '../../src/errors.ts'
import { deployed, untilServing } from '../world/frozen.ts'
import { worldAt } from '../world/world.ts'
import { logFile, removeHostFiles, runningHost, type SandboxHost } from './host-file.ts'
import { insideCommand } from './inside.ts'
import { prune } from './layers.ts'
import { end, link, reboot } from './machine.ts'
import { identify } from './processes.ts'
import { checkout, ensureRoot, startSandbox } from './sandbox.ts'
import { tryIt } from './try-it.ts'

const usage = `usage: npm run sandbox -- VERB [NAME]
         up       starts a machine: a bare host
         clone    starts one on which both tenants are deployed
         status   says whether it is up
         reboot   restarts it
         cut      takes the network between this computer and it away; heal gives it back
         down     ends it; nothing of it is left
         prune    removes what is kept to start machines from
       npm run -s sandbox -- exec [NAME] -- COMMAND…   runs a command on it, as root
NAME tells a machine from others that run beside it; its host.json stands in .sandbox/NAME.`

const print = (text: string) => void process.stdout.write(`${text}\n`)
const folderOf = (name: string | undefined) => join(checkout, '.sandbox', name ?? '')

const described = (host: SandboxHost, next: string) => `The sandbox is up.

  ssh         ssh -i ${host.key_file} ${host.user}@${host.address}
  host key    ${host.host_key}
  https       https://<domain>  (every domain at ${host.resolve}; --cacert ${host.ca_file})
  postgres    ${host.postgres.address}:${host.postgres.port}, seen from the host
  pgbouncer   ${host.pgbouncer.address}:${host.pgbouncer.port}, seen from the host
  acme        ${host.acme.directory}, seen from the host
  secrets     ${host.secrets_file}
${next}`

const next = `
Try next:

${tryIt
  .slice(1)
  .map((line) => `  ${line}`)
  .join('\n')}`

/** Two that start at once would overwrite each other's key, and one machine would be left that nobody can end. */
function claimStart(folder: string): string {
  const claim = join(folder, 'starting')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(claim, String(process.pid), { flag: 'wx' })
    return claim
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (identify(Number(readFileSync(claim, 'utf8'))) !== undefined) {
      throw new TenantError('usage', 'the sandbox is being started already', { where: claim, remedy: 'wait for it' })
    }
    rmSync(claim)
    return claimStart(folder)
  }
}

async function start(folder: string, isClone: boolean): Promise<SandboxHost> {
  const claim = claimStart(folder)
  // The machine that is being started ends with us.
  const giveUp = () => {
    rmSync(claim, { force: true })
    removeHostFiles(folder)
    process.exit(ExitCode.failed)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, giveUp)
  try {
    const sandbox = await startSandbox({ folder, ...(isClone ? { from: await deployed() } : {}) })
    await sandbox.keep()
    rmSync(claim, { force: true })
    return sandbox.host
  } catch (error) {
    rmSync(claim, { force: true })
    removeHostFiles(folder)
    throw error
  } finally {
    for (const signal of signals) process.off(signal, giveUp)
  }
}

function running(name: string | undefined): SandboxHost {
  const host = runningHost(folderOf(name))
  if (host !== undefined) return host
  throw new TenantError('usage', name === undefined ? 'no sandbox is up' : `no sandbox ${name} is up`, {
    remedy: `npm run sandbox -- up${name === undefined ? '' : ` ${name}`}`
  })
}

const verbs: Record<string, (name: string | undefined) => Promise<number>> = {
  async up(name) {
    print(
      described(runningHost(folderOf(name)) ?? (await start(folderOf(name), false)), name === undefined ? next : '')
    )
    return ExitCode.ok
  },
  async clone(name) {
    if (runningHost(folderOf(name)) !== undefined) {
      throw new TenantError('usage', 'the sandbox is up already', { remedy: 'take it down, or give the clone a name' })
    }
    const host = await start(folderOf(name), true)
    await untilServing(worldAt(checkout, relative(checkout, folderOf(name))))
    print(described(host, ''))
    return ExitCode.ok
  },
  async down(name) {
    const host = runningHost(folderOf(name))
    if (host !== undefined) {
      ensureRoot()
      await end(host.machine)
    }
    removeHostFiles(folderOf(name))
    print('The sandbox is down.')
    return ExitCode.ok
  },
  async status(name) {
    const isUp = runningHost(folderOf(name)) !== undefined
    print(isUp ? 'The sandbox is up.' : 'The sandbox is down.')
    return Promise.resolve(isUp ? ExitCode.ok : 1)
  },
  async reboot(name) {
    const { machine } = running(name)
    ensureRoot()
    await reboot(machine, logFile(folderOf(name)))
    print('The sandbox has restarted.')
    return ExitCode.ok
  },
  async cut(name) {
    await link(running(name).machine, 'down')
    print('Nothing reaches the sandbox from here; `heal` gives the network back.')
    return ExitCode.ok
  },
  async heal(name) {
    await link(running(name).machine, 'up')
    print('The sandbox can be reached.')
    return ExitCode.ok
  },
  async prune() {
    ensureRoot()
    await prune()
    print('Nothing is kept any more; the next start makes it anew.')
    return ExitCode.ok
  }
}

function exec(name: string | undefined, command: string[]): number {
  const { machine } = running(name)
  if (command.length === 0) throw new TenantError('usage', 'exec needs a command', { remedy: usage })
  ensureRoot()
  const [program = '', ...args] = insideCommand(machine.process, command)
  // Ctrl-C is the command's to answer.
  process.on('SIGINT', () => {})
  const { status: code, error } = spawnSync(program, args, { cwd: '/', stdio: 'inherit' })
  if (error !== undefined) throw error
  return code ?? 128
}

async function main([verb = '', ...rest]: string[]): Promise<number> {
  const dashes = rest.indexOf('--')
  const names = dashes === -1 ? rest : rest.slice(0, dashes)
  const isNamed = names.length === 0 || (names.length === 1 && /^[a-z][a-z0-9-]*$/.test(names[0]!))
  // npm takes two dashes for its own, so a command may come without them.
  if (verb === 'exec') return isNamed && dashes !== -1 ? exec(names[0], rest.slice(dashes + 1)) : exec(undefined, rest)
  const run = Object.hasOwn(verbs, verb) && isNamed && dashes === -1 ? verbs[verb] : undefined
  if (run === undefined) throw new TenantError('usage', usage)
  return run(names[0])
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
