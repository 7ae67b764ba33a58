import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { asTenantError } from '../src/errors.ts'
import { fail } from '../src/arguments.ts'
import { startSandbox, type Sandbox } from './sandbox/sandbox.ts'
import { makeRepository, type Repository } from './world/repository.ts'
import { command } from './world/world.ts'

/**
 * Ships a tenant to a sandbox host three times, through the committed bundle: everything, one changed file,
 * nothing. It works on a copy of the tenants, so nothing here changes, and takes all of it away at the end.
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
  const repository = await makeRepository()
  let sandbox: Sandbox | undefined
  try {
    title('A host: sshd, rsync, nginx with TLS, PM2, PostgreSQL and PgBouncer, on loopback')
    sandbox = await startSandbox({
      folder: join(repository.path, '.sandbox'),
      tenants: join(repository.path, 'tenants')
    })
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

/** Runs the command as a user does, with its progress and its report on this terminal. */
async function deploy(repository: Repository): Promise<void> {
  ended.signal.throwIfAborted()
  shipping = spawn(process.execPath, [command, 'deploy', 'yourbrand', 'all', '--repository', repository.path], {
    stdio: 'inherit'
  })
  const [code] = (await once(shipping, 'close')) as [number | null]
  shipping = undefined
  ended.signal.throwIfAborted()
  if (code !== 0) throw new Error(`tenant deploy ended with exit code ${code}`)
}

function addresses({ host }: Sandbox): string {
  const lines = [
    ['The booking app', 'booking.yourbrand.test', '/'],
    ['Its health', 'booking.yourbrand.test', '/api/health'],
    ['The marketing site', 'www.yourbrand.test', '/']
  ].map(([what, domain, path]) => {
    const curl = `curl --cacert ${host.ca_file} --resolve ${domain}:${host.https_port}:127.0.0.1`
    return `${what}: https://${domain}:${host.https_port}${path}\n  ${curl} https://${domain}:${host.https_port}${path}`
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
