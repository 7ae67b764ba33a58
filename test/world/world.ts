import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { request as requestPlain } from 'node:http'
import { request } from 'node:https'
import { readFileSync } from 'node:fs'
import type { LaneReport, Report } from '../../src/report/report.ts'
import { runningHost, type SandboxHost } from '../sandbox/host-file.ts'
import { insideCommand } from '../sandbox/inside.ts'
import { runToEnd, type Finished } from '../sandbox/command.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { repositoryAt, type Repository } from './repository.ts'

/** The committed command, run as a user runs it, against a sandbox that serves a repository of our own. */
export interface World {
  repository: Repository
  host: SandboxHost
  /** Runs the bundled command to its end. */
  tenant(words: string[], options?: RunOptions): Promise<Ran>
  /** Starts it and does not wait. */
  start(words: string[], options?: RunOptions): Running
  /** Runs a command on the host, as root or as another account. */
  exec(argv: string[], options?: { input?: string | Buffer; as?: string }): Promise<Finished>
  /** Asks as a visitor does: DNS (the sandbox' own), TLS and nginx. */
  visit(url: string, options?: VisitOptions): Promise<Visit>
  /** The address of a public domain of a tenant. */
  url(domain: string, path?: string): string
}

export interface RunOptions {
  env?: Record<string, string>
  /** It and what it starts are ended where they write to a file on this machine. */
  writesNoFile?: boolean
}

export interface Ran {
  code: number
  stdout: string
  stderr: string
  /** The report, where `--json` was among the words. */
  report: Report
  lane(name: 'app' | 'marketing'): LaneReport
}

export interface Running {
  child: ChildProcess
  done: Promise<Ran>
  /** Standard error so far. */
  said(): string
}

export interface VisitOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
}

export interface Visit {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  text: string
}

export const command = join(checkout, 'dist/cli/index.js')

/** @param sandbox the folder, in the repository, that says where the host is */
export function worldAt(folder: string, sandbox = '.sandbox'): World {
  const host = runningHost(join(folder, sandbox))
  if (host === undefined) throw new Error(`no sandbox runs for ${join(folder, sandbox)}`)
  const ca = readFileSync(host.ca_file)
  const start = (words: string[], options: RunOptions = {}) => startCommand([...words, '--repository', folder], options)
  return {
    repository: repositoryAt(folder),
    host,
    start,
    tenant: (words, options) => start(words, options).done,
    exec: (argv, { input, as } = {}) =>
      runToEnd(insideCommand(host.machine.process, argv, as), input === undefined ? {} : { input }),
    visit: (url, options = {}) => visit(url, host.resolve, ca, options),
    url: (domain, path = '/') => `https://${domain}${path}`
  }
}

function startCommand(words: string[], options: RunOptions): Running {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GITHUB|TENANT|INPUT)_/.test(name))
  )
  const limited = options.writesNoFile === true ? ['prlimit', '--fsize=0', '--core=0'] : []
  const [program = '', ...args] = [...limited, process.execPath, command, ...words]
  const child = spawn(program, args, {
    env: { ...inherited, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const done = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve(ranOf(words, { code: code ?? (signal === null ? -1 : 128), stdout, stderr }))
    )
  })
  return { child, done, said: () => stderr }
}

/** What a run of the command with these words left. */
export function ranOf(words: string[], { code, stdout, stderr }: Finished): Ran {
  // Of logs there is no report: their JSON is an object for each line.
  const reported = words.includes('--json') && words[0] !== 'logs'
  const report = reported && stdout !== '' ? (JSON.parse(stdout) as Report) : (undefined as unknown as Report)
  return {
    code,
    stdout,
    stderr,
    report,
    lane: (name) => {
      const found = report.lanes.find(({ lane }) => lane === name)
      if (found === undefined) throw new Error(`the report has no ${name} lane: ${stdout}${stderr}`)
      return found
    }
  }
}

function visit(url: string, address: string, ca: Buffer, options: VisitOptions): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const lookup = (_name: string, how: { all?: boolean }, done: (...args: never[]) => void) =>
      (done as (...args: unknown[]) => void)(null, how.all === true ? [{ address, family: 4 }] : address, 4)
    const ask = url.startsWith('http:') ? requestPlain : request
    const asked = ask(
      url,
      { ca, lookup, agent: false, method: options.method ?? 'GET', headers: options.headers ?? {} },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString('utf8') })
        })
      }
    )
    asked.on('error', reject)
    asked.end(options.body)
  })
}
