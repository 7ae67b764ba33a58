import { Agent, request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProbeAttempt, ProbeFact } from './port-facts.ts'
import type { ProbeRequest } from './requests.ts'
import { idsOf } from './accounts.ts'
import { ownUid } from './become.ts'
import { causeOf } from './cause.ts'
import { acceptedFrom, accountsOf, listenersOn, readSockets, type TcpSocket } from './sockets.ts'

const pauseMs = 250
const attemptMs = 5_000
const bodyBytes = 64 * 1024
const lastKept = 20

interface Reply {
  status: number
  body: string
  /** The kernel's tables while the connection was open, and the port that it was made from. */
  sockets: TcpSocket[]
  ownPort: number | undefined
}

/**
 * What an answer says of itself proves nothing, as any account of the host may have bound the port. The kernel says whose
 * sockets listen there, before the question and with the answer, and whose socket has accepted it.
 */
export async function probe(request: ProbeRequest): Promise<ProbeFact> {
  // Before anything is awaited: this process may take on another account's rights meanwhile.
  const own = ownUid()
  const owner = request.as === undefined ? own : (await idsOf(request.as)).uid
  const deadline = performance.now() + request.deadlineMs
  const attempts: ProbeAttempt[] = []
  for (;;) {
    const leftMs = deadline - performance.now()
    const timeoutMs = request.deadlineMs ? Math.min(attemptMs, Math.max(pauseMs, leftMs)) : attemptMs
    const attempt = await once(request, owner, timeoutMs)
    attempts.push(attempt)
    // The first attempt and the last ones tell the story; what is between is more of the same.
    if (attempts.length > lastKept + 1) attempts.splice(1, 1)
    if (attempt.error === undefined) return { ok: true, attempts }
    // Where another account listens, waiting changes nothing for the better.
    if (attempt.foreign !== undefined || performance.now() + pauseMs >= deadline) return { ok: false, attempts }
    await sleep(pauseMs)
  }
}

async function once(request: ProbeRequest, owner: number | undefined, timeoutMs: number): Promise<ProbeAttempt> {
  const start = performance.now()
  try {
    const before = listenersOn(await readSockets(), request.port)
    const others = await foreign(request.port, owner, before, [])
    if (others !== null) return { ms: since(start), ...others }
    const reply = await ask(request, timeoutMs)
    const after = listenersOn(reply.sockets, request.port)
    const accepted = reply.ownPort === undefined ? [] : acceptedFrom(reply.sockets, request.port, reply.ownPort)
    const ms = since(start)
    const meanwhile = await foreign(request.port, owner, after, accepted)
    if (meanwhile !== null) return { ms, ...meanwhile }
    if (before.length === 0 || after.length === 0)
      return { ms, error: `${await nameOf(owner)} did not listen on port ${request.port} all the while` }
    return { status: reply.status, ms, ...judge(reply, request.release) }
  } catch (error) {
    return { ms: since(start), error: causeOf(error) }
  }
}

/** The accounts besides the owner that have a part in a port, and how to say it; null where there are none. */
async function foreign(
  port: number,
  owner: number | undefined,
  listening: readonly TcpSocket[],
  accepted: readonly TcpSocket[]
): Promise<Required<Pick<ProbeAttempt, 'foreign' | 'error'>> | null> {
  const others = (sockets: readonly TcpSocket[]) => sockets.map(({ uid }) => uid).filter((uid) => uid !== owner)
  const accounts = await accountsOf([...others(accepted), ...others(listening)])
  if (accounts.length === 0) return null
  const isBeside = others(accepted).length === 0 && listening.some(({ uid }) => uid === owner)
  const named = `${accounts.length > 1 ? 'accounts' : 'account'} ${accounts.join(', ')}`
  const error = isBeside
    ? `${named} ${accounts.length > 1 ? 'listen' : 'listens'} on port ${port} as well, where only ${await nameOf(owner)} may`
    : `port ${port} is answered by ${named}, not by ${await nameOf(owner)}`
  return { foreign: accounts, error }
}

async function nameOf(uid: number | undefined): Promise<string> {
  return uid === undefined ? 'the account that asks' : (await accountsOf([uid])).join()
}

/** An attempt without an `error` is a good one. */
function judge({ status, body }: Reply, wanted: string | null): Pick<ProbeAttempt, 'release' | 'error'> {
  const release = releaseIn(body)
  const told = release === undefined ? {} : { release }
  if (status !== 200) return { ...told, error: `answered with status ${status}` }
  if (wanted === null || release === wanted) return told
  return { ...told, error: release === undefined ? 'the answer names no release' : `answered as release ${release}` }
}

function releaseIn(body: string): string | undefined {
  try {
    const release = (JSON.parse(body) as { release?: unknown } | null)?.release
    return typeof release === 'string' ? release : undefined
  } catch {
    return undefined
  }
}

async function ask({ port, path, host }: ProbeRequest, timeoutMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    // Kept open beyond the answer: so long the kernel says who has accepted the connection.
    const agent = new Agent({ keepAlive: true })
    const request = httpRequest({ host: '127.0.0.1', port, path, agent, headers: { host } }, (response) => {
      const ownPort = request.socket?.localPort
      const chunks: Buffer[] = []
      let bytes = 0
      let isDone = false
      const done = () => {
        if (isDone) return
        isDone = true
        clearTimeout(timer)
        response.pause()
        const body = Buffer.concat(chunks).subarray(0, bodyBytes).toString('utf8')
        readSockets()
          .then((sockets) => resolve({ status: response.statusCode ?? 0, body, sockets, ownPort }), reject)
          .finally(close)
      }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes >= bodyBytes) done()
      })
      response.on('end', done)
      response.on('error', fail)
    })
    const close = () => {
      request.destroy()
      agent.destroy()
    }
    const fail = (error: Error) => {
      clearTimeout(timer)
      close()
      reject(error)
    }
    const timer = setTimeout(() => fail(new Error(`no whole answer within ${Math.round(timeoutMs)} ms`)), timeoutMs)
    request.on('error', fail)
    request.end()
  })
}

const since = (start: number) => Math.round(performance.now() - start)
