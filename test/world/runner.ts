import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import type { Finished } from '../sandbox/command.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { actionEnvironment, actionPlaces, actionRun, type ActionRun } from './action.ts'
import { ranOf, type Ran, type World } from './world.ts'

/**
 * A self-hosted runner on the host itself: the committed program and a repository as files of its account, and steps
 * that have the runner's environment and nothing of ours.
 */
export interface Runner {
  /** The program and the checkout, on the host. */
  program: string
  repository: string
  /** Runs the bundled command as a step of a workflow. */
  tenant(words: string[], options?: StepOptions): Promise<Ran>
  /** Runs the bundle of the action. */
  action(inputs: Record<string, string>, options?: StepOptions): Promise<ActionRun>
  /** Writes a file of the checkout. */
  write(path: string, text: string): Promise<void>
  dispose(): Promise<void>
}

export interface StepOptions {
  env?: Record<string, string>
  /** Another account than the runner's own, by name or number, without any group of its own. */
  uid?: string
}

/** Takes the environment from standard input, so that it stands in no command line. */
const STEP = `const { argv, env, cwd } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const child = require('node:child_process').spawn(argv[0], argv.slice(1), { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
child.on('exit', (code) => (process.exitCode = code ?? 128))`

/**
 * @param account the one that the runner runs as
 * @param from the folder on this machine that is its repository
 */
export async function selfHostedRunner(world: World, account: string, from: string): Promise<Runner> {
  const home = (await must(world, ['getent', 'passwd', account])).split(':')[5]!
  // Where other accounts can read it as well: each may try to run it.
  const runner = `/opt/actions-runner-${account}`
  const work = `${runner}/_work`
  await must(world, ['install', '-d', '-o', account, runner])
  const [program, repository] = [`${work}/_actions/tenant-deploy`, `${work}/tenants/tenants`]
  await unpack(world, account, program, ['-C', checkout, 'dist', 'templates'])
  await unpack(world, account, repository, ['-C', from, '.'])
  await must(world, ['git', 'init', '--quiet', repository], account)
  const environment = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    USER: account,
    LANG: 'C.UTF-8',
    RUNNER_TRACKING_ID: `github_${randomUUID()}`
  }
  const step = (argv: string[], { env = {}, uid }: StepOptions): Promise<Finished> => {
    const other = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
    const input = JSON.stringify({ argv: ['node', ...argv], env: { ...environment, ...env }, cwd: repository })
    return world.exec([...other, 'node', '-e', STEP], { input, ...(uid === undefined ? { as: account } : {}) })
  }
  return {
    program,
    repository,
    async tenant(words, options = {}) {
      return ranOf(words, await step([`${program}/dist/cli/index.js`, ...words], options))
    },
    async action(inputs, options = {}) {
      const folder = `${work}/_temp/${randomUUID()}`
      const places = actionPlaces(folder)
      await must(world, ['mkdir', '-p', places.temporary], account)
      await must(world, ['touch', places.output, places.summary], account)
      const env = { ...actionEnvironment(repository, places, inputs), ...options.env }
      const finished = await step([`${program}/dist/action/index.js`], { ...options, env })
      const read = (file: string) => must(world, ['cat', file])
      return actionRun(finished, await read(places.output), await read(places.summary))
    },
    async write(path, text) {
      const { code, stderr } = await world.exec(['sh', '-c', 'cat >"$1"', 'sh', `${repository}/${path}`], {
        as: account,
        input: text
      })
      if (code !== 0) throw new Error(stderr)
    },
    dispose: async () => void (await must(world, ['rm', '-rf', runner]))
  }
}

async function unpack(world: World, account: string, folder: string, words: string[]): Promise<void> {
  const archive = execFileSync('tar', ['-c', ...words], { maxBuffer: 64 * 1024 * 1024 })
  await must(world, ['mkdir', '-p', folder], account)
  const { code, stderr } = await world.exec(['tar', '-x', '--no-same-owner', '--no-overwrite-dir', '-C', folder], {
    as: account,
    input: archive
  })
  if (code !== 0) throw new Error(stderr)
}

async function must(world: World, argv: string[], as?: string): Promise<string> {
  const { code, stdout, stderr } = await world.exec(argv, as === undefined ? {} : { as })
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout
}

/** The host's file of a host that is the runner's own machine; it says nothing of SSH. */
export function localHost({ host }: World, name: string, user: string, caFile: string): string {
  return `name: ${name}
kind: local
user: ${user}
privilege: ${user === 'root' ? 'root' : 'sudo'}
http_port: ${host.http_port}
https_port: ${host.https_port}
postgres: { port: ${host.postgres.port} }
pgbouncer: { port: ${host.pgbouncer.port} }
acme: { directory: '${host.acme.directory}', ca_file: ${host.acme.ca_file} }
resolve: ${host.resolve}
ca_file: ${caFile}
`
}

export const caOf = ({ host }: World): string => readFileSync(host.ca_file, 'utf8')
