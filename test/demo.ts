import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { asTenantError } from '../src/errors.ts'
import { fail } from '../src/arguments.ts'
import { startSandbox, type Sandbox } from './sandbox/sandbox.ts'
import { makeRepository, type Repository } from './world/repository.ts'
import { command } from './world/world.ts'

/**
 * Gives a tenant a place of its own on a bare sandbox host, ships to it three times (everything, one changed file,
 * nothing), and backs it up, through the committed bundle. It works on a copy of the tenants, so nothing here changes, and takes all of it away at the end.
 */
const keep = process.argv.includes('--keep')
const ended = new AbortController()
let shipping: ChildProcess | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    ended.abort()
    shipping?.kill('SIGINT')
  })
}

process.exitCode = await demo().catch((thrown: unknown) => {
  process.stderr.write(fail(asTenantError(thrown), true))
  return 1
})

async function demo(): Promise<number> {
  const repository = makeRepository()
  let sandbox: Sandbox | undefined
  try {
    title('A bare host: a machine with sshd, nginx, PM2, PostgreSQL, PgBouncer and an ACME server')
    sandbox = await startSandbox({
      folder: join(repository.path, '.sandbox'),
      tenants: join(repository.path, 'tenants')
    })
    title('Give the tenant everything of its own: tenant provision yourbrand')
    await tenant(repository, ['provision', 'yourbrand'])
    title('Once more: zero changes')
    await tenant(repository, ['provision', 'yourbrand'])
    title('Ship both lanes: tenant deploy yourbrand all')
    await deploy(repository)
    title('Change one file, ship again: one change')
    repository.write(
      'test/yourbrand-site/about.html',
      repository.read('test/yourbrand-site/about.html').replace('</body>', '<!-- changed by the demo --></body>')
    )
    await deploy(repository)
    title('Ship once more: zero changes')
    await deploy(repository)
    title('Keep its data: tenant backup yourbrand')
    await tenant(repository, ['backup', 'yourbrand'])
    title('The addresses')
    say(addresses(sandbox))
    if (keep || process.stdin.isTTY) await wait()
    return 0
  } catch (thrown) {
    if (!ended.signal.aborted) throw thrown
    return 130
  } finally {
    await sandbox?.stop()
    repository.dispose()
  }
}

function deploy(repository: Repository): Promise<void> {
  return tenant(repository, ['deploy', 'yourbrand', 'all'])
}

/** Runs the command as a user does, with its progress and its report on this terminal. */
async function tenant(repository: Repository, words: string[]): Promise<void> {
  ended.signal.throwIfAborted()
  shipping = spawn(process.execPath, [command, ...words, '--repository', repository.path], { stdio: 'inherit' })
  const [code] = (await once(shipping, 'close')) as [number | null]
  shipping = undefined
  ended.signal.throwIfAborted()
  if (code !== 0) throw new Error(`tenant ${words[0]} ended with exit code ${code}`)
}

function addresses({ host }: Sandbox): string {
  const lines = [
    ['The booking app', 'booking.yourbrand.test', '/'],
    ['Its health', 'booking.yourbrand.test', '/api/health'],
    ['The marketing site', 'www.yourbrand.test', '/']
  ].map(([what, domain, path]) => {
    const curl = `curl --cacert ${host.ca_file} --resolve ${domain}:${host.https_port}:${host.resolve}`
    return `${what}: https://${domain}${path}\n  ${curl} https://${domain}${path}`
  })
  return lines.join('\n')
}

async function wait(): Promise<void> {
  say(keep ? '\nThe host stays up until Ctrl-C.' : '\nPress Enter to end; the host is then removed.')
  const enter = keep ? new Promise(() => {}) : once(process.stdin, 'data', { signal: ended.signal })
  const alive = setInterval(() => {}, 60_000)
  const stopped = once(ended.signal, 'abort')
  try {
    await Promise.race([enter, stopped])
  } catch (thrown) {
    if (!ended.signal.aborted) throw thrown
  } finally {
    clearInterval(alive)
    process.stdin.destroy()
  }
}

function title(text: string): void {
  say(`\n── ${text}\n`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
