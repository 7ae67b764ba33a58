import { connect } from 'node:net'
import type { ProcessFact, ProcessesFact } from './facts.ts'
import type { ProcessesRequest } from './requests.ts'
import { decodeMessage, encodeMessage } from './amp.ts'
import { codeOf } from './cause.ts'

const deadlineMs = 5_000
const namesTold = ['PORT', 'RELEASE_ID', 'NODE_ENV', 'HOSTNAME']
/** The tenant's own daemon, or what pretends to be it, may say what it likes. */
const mostBytes = 16 * 1024 * 1024

/** What PM2 says of one process; only what is read here. */
interface Described {
  name: string
  pid: number
  pm2_env: Record<string, unknown>
}

/**
 * Asks the daemon over its own socket: PM2's library and its command line would start a daemon
 * where none runs, and this may only look.
 */
export async function lookAtProcesses({ pm2Home, watch = [] }: ProcessesRequest): Promise<ProcessesFact> {
  try {
    const described = resultOf(await call(`${pm2Home}/rpc.sock`, 'getMonitorData'))
    return { daemon: true, nowMs: Date.now(), processes: described.map((each) => processFact(each, watch)) }
  } catch (error) {
    // A daemon that was killed leaves its socket behind, and nobody accepts there.
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { daemon: false, nowMs: Date.now(), processes: [] }
    throw error
  }
}

function processFact({ name, pid, pm2_env: told }: Described, watch: readonly string[]): ProcessFact {
  return {
    name,
    pid: pid || 0,
    status: String(told.status),
    restarts: Number(told.restart_time ?? 0),
    cwd: String(told.pm_cwd),
    startedAtMs: Number(told.pm_uptime ?? 0),
    env: Object.fromEntries(namesTold.flatMap((key) => (told[key] === undefined ? [] : [[key, String(told[key])]]))),
    // PM2 hands all of this on to the process as its environment.
    overrides: watch.filter((key) => Object.hasOwn(told, key)).sort()
  }
}

async function call(path: string, method: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (how: () => void) => {
      clearTimeout(timer)
      socket.destroy()
      how()
    }
    const fail = (error: Error) => settle(() => reject(error))
    const timer = setTimeout(
      () => fail(new Error(`no answer from PM2 at ${path} within ${deadlineMs / 1000} s`)),
      deadlineMs
    )
    socket.on('connect', () => socket.write(encodeMessage([{ type: 'call', method, args: [{}] }, 'collector:0'])))
    socket.on('error', fail)
    socket.on('end', () => fail(new Error(`PM2 at ${path} hung up without an answer`)))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > mostBytes) return fail(new Error(`PM2 at ${path} answers with more than ${mostBytes} bytes`))
      try {
        const message = decodeMessage(Buffer.concat(chunks))
        if (message) settle(() => resolve(message[0]))
      } catch (error) {
        fail(new Error(`PM2 at ${path} gave an answer that can't be read`, { cause: error }))
      }
    })
  })
}

function resultOf(reply: unknown): Described[] {
  const { args, error } = (reply ?? {}) as { args?: unknown[]; error?: unknown }
  if (Array.isArray(args?.[0])) return args[0] as Described[]
  throw new Error(`PM2 answered with an error: ${String(error ?? 'no list of processes')}`)
}
