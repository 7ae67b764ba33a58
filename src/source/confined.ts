import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { TenantError } from '../errors.ts'
import type { Host } from '../tenant/host.ts'
import { CONFINED } from './confined-script.ts'
import { finished } from './local.ts'
import type { Sourcing } from './sourcing.ts'

const BUILD_MS = 15 * 60_000
const PROBE_MS = 60_000

/** Where root's programs are: none is looked for in a PATH that anybody else has a say in. */
const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** All that programs of a source see of the machine, for reading: its own programs and settings. */
const SHOWN = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix', '/gnu']

/** Where our own things are, for a machine that has them in one of those. */
const OURS = ['GITHUB_WORKSPACE', 'RUNNER_WORKSPACE', 'RUNNER_TEMP', 'HOME', 'TMPDIR']

/** What of our environment they are given. */
const PASSED = /^(PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ|NODE_ENV|(https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY)$/

/**
 * Numbers that nothing on a machine uses: no range of systemd's, of containers' or of useradd's. With our process' number
 * on top, no two builds share an account, and none is that of a daemon, as `nobody` is.
 */
const FIRST_ACCOUNT = 1_900_000_000

/** What it takes to build here as well. */
export interface Building extends Sourcing {
  /** The host's file names files of this machine that hold its secrets. */
  host?: Pick<Host, 'key_file' | 'secrets_file'>
}

/** Where programs of a source run: as another account, with nothing of ours in sight. */
export interface Confinement {
  /** The folder that they run in, still empty. It is ours whenever none of them runs. */
  site: string
  run(words: readonly string[]): Promise<void>
}

/**
 * A site's programs are whoever's who may write to its repository, and a process of our account could read our secrets:
 * in our environment, in files, from the agent. So they run as an account that owns nothing.
 * @throws TenantError where this machine has no way to do so
 */
export async function confine(sourcing: Building, work: string): Promise<Confinement> {
  if (process.platform !== 'linux') throw unconfinable(sourcing, 'it takes Linux')
  const { signal, tell } = sourcing
  const inside = join(work, 'inside')
  const site = join(inside, 'site')
  for (const folder of [join(work, 'root'), join(inside, 'home'), join(inside, 'tmp'), site])
    await mkdir(folder, { recursive: true })
  const places = await placesFor(sourcing)
  const start = (words: readonly string[]) => {
    signal.throwIfAborted()
    return startConfined(work, [...places, '--', ...words], environmentFrom(sourcing.environment))
  }
  const common = {
    step: 'build the marketing site',
    kind: 'build',
    remedy: 'put right what the log says; what is live was not touched',
    signal
  } as const
  // What runs as root is not ours to signal: it ends when its standard input does.
  const end = (child: Child) => () => void child.stdin.destroy()

  const probe = start(['true'])
  await finished(probe, ['true'], { ...common, deadlineMs: PROBE_MS }, end(probe)).catch((thrown: unknown) => {
    signal.throwIfAborted()
    throw unconfinable(sourcing, 'it takes root, or sudo without a password, and namespaces', thrown)
  })
  return {
    site,
    async run(words) {
      const child = start(words)
      const onLine = (line: string) => tell({ kind: 'output', line })
      await finished(child, words, { ...common, deadlineMs: BUILD_MS, onLine }, end(child)).catch(async (thrown) => {
        throw (await unreachable(thrown, words[0]!, sourcing)) ?? thrown
      })
    }
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

function startConfined(work: string, rest: readonly string[], environment: string): Child {
  const [uid, gid] = [process.getuid!(), process.getgid!()]
  const [program, ...args] = [
    ...(uid === 0 ? [] : ['sudo', '-n']),
    ...[
      'unshare',
      '--mount',
      '--pid',
      '--ipc',
      '--fork',
      '--kill-child',
      'bash',
      '--norc',
      '-c',
      CONFINED,
      'site-build'
    ],
    ...[work, String(FIRST_ACCOUNT + process.pid), `${uid}:${gid}`, ...rest]
  ]
  // In a session of its own, without a terminal: Ctrl-C is for us, and sudo puts no other one in between.
  const child = spawn(program!, args, { cwd: '/', env: { PATH: ROOT_PATH }, stdio: 'pipe', detached: true })
  // What does not begin does not read either; its exit code says so.
  child.stdin.on('error', () => undefined)
  // Not on the command line, which every account of the machine can read: a proxy may have a password.
  child.stdin.write(environment)
  return child
}

function environmentFrom(ours: Record<string, string>): string {
  const environment = {
    ...Object.fromEntries(Object.entries(ours).filter(([name]) => PASSED.test(name))),
    HOME: '/build/home',
    TMPDIR: '/build/tmp',
    USER: 'site-build',
    LOGNAME: 'site-build',
    CI: 'true'
  }
  return `${Object.entries(environment)
    .map((pair) => `${pair.join('=')}\0`)
    .join('')}\0`
}

/** What to show and to hide, each below what holds it. */
async function placesFor({ environment, repository, host }: Building): Promise<string[]> {
  const named = [host?.key_file, host?.secrets_file].flatMap((path) => (path === undefined ? [] : [path]))
  const ours = [
    ...[repository, checkoutOf(repository), homedir(), tmpdir()],
    ...OURS.flatMap((name) => environment[name] || []),
    ...named.map((path) => resolve(repository, path))
  ]
  const hidden = (await Promise.all(ours.map(truly))).filter((path) => path !== null && path !== '/')
  const tools = environment['RUNNER_TOOL_CACHE']
  const shown = tools && existsSync(tools) ? [...SHOWN, await realpath(tools)] : SHOWN
  return [
    ...shown.map((path) => ['show', path] as const),
    ...[...new Set(hidden)].map((path) => ['hide', path!] as const)
  ]
    .sort(([, one], [, other]) => one.length - other.length)
    .flat()
}

async function truly(path: string): Promise<string | null> {
  return realpath(path).catch(() => null)
}

/** The folder above that git's own is in. */
function checkoutOf(folder: string): string {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) if (existsSync(join(at, '.git'))) return at
  return folder
}

function unconfinable({ tenant }: Sourcing, why: string, cause?: unknown): TenantError {
  const log = cause instanceof TenantError ? (cause.log ?? cause.message) : undefined
  return new TenantError(
    'build',
    `a site's build cannot be kept away from this run's secrets on this machine: ${why}`,
    {
      where: `tenants/${tenant.name}/tenant.yml, marketing.build`,
      remedy:
        'build the site in an earlier job that holds no secrets, hand its output over as an artifact, set `source` to that folder, and leave `install` and `build` out (docs/github.md, "A site that is built in a job of its own"); or let this account use sudo without a password',
      ...(log === undefined ? {} : { log }),
      cause
    }
  )
}

/** The error for a program that the account could not run; null where it could. */
async function unreachable(thrown: unknown, program: string, { environment }: Sourcing): Promise<TenantError | null> {
  if (!(thrown instanceof TenantError) || thrown.log?.split('\n').includes(`cannot run ${program}`) !== true)
    return null
  if (program.includes('/'))
    return new TenantError('build', `the site has no program ${program}`, {
      where: 'marketing.install and marketing.build',
      remedy: 'correct its path in the site, or have `install` install it',
      cause: thrown
    })
  const found = await located(program, environment['PATH'] ?? '')
  if (found === null)
    return new TenantError('tool-missing', `${program} is missing`, {
      where: 'this machine',
      remedy: `install ${program}`,
      cause: thrown
    })
  return new TenantError('tool-missing', `the account that builds the site cannot run ${program}`, {
    where: found,
    remedy: `install ${program} where every account can run it, as in /usr/local, or with actions/setup-node: of this machine a build sees only ${SHOWN.filter(existsSync).join(', ')} and the runner's tools`,
    cause: thrown
  })
}

async function located(program: string, path: string): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    const at = join(folder, program)
    if (
      await access(at, constants.X_OK).then(
        () => true,
        () => false
      )
    )
      return at
  }
  return null
}
