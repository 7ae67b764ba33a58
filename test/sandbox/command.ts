import { spawn } from 'node:child_process'
import { TenantError } from '../../src/errors.ts'

export interface Finished {
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  input?: string | Buffer
  /** The account, by number, that the command runs as; its supplementary groups are dropped. */
  account?: { uid: number; gid: number }
  env?: NodeJS.ProcessEnv
}

/** The command line that runs as root: with sudo where we are not. */
export function asRoot(argv: string[]): string[] {
  return process.getuid?.() === 0 ? argv : ['sudo', '-n', '--', ...argv]
}

/** Runs a command to its end, whatever its exit code. */
export function runToEnd(argv: string[], options: RunOptions = {}): Promise<Finished> {
  const [command = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: '/', env: options.env ?? process.env, ...options.account })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    // A command may end without reading its input; its exit code then says enough.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPIPE' || reject(error))
    child.on('error', reject)
    child.on('close', (code) => {
      const [out, err] = [Buffer.concat(stdout).toString(), Buffer.concat(stderr).toString()]
      resolve({ code: code ?? 128, stdout: out, stderr: err })
    })
    child.stdin.end(options.input)
  })
}

/** Runs a command that must succeed; answers its standard output. */
export async function run(argv: string[], options: RunOptions = {}): Promise<string> {
  const finished = await runToEnd(argv, options)
  if (finished.code === 0) return finished.stdout
  const log = `${finished.stdout}${finished.stderr}`.trim()
  throw new TenantError('command', `${argv.join(' ')} failed with exit code ${finished.code}`, {
    where: 'the sandbox',
    log: log.slice(-4000)
  })
}
