import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProbeAttempt, ProbeFact } from './facts.ts'
import type { ProbeRequest } from './requests.ts'
import { causeOf } from './cause.ts'

const pauseMs = 250
const attemptMs = 5_000
const bodyBytes = 64 * 1024
const lastKept = 20

interface Reply {
  status: number
  body: string
}

export async function probe(request: ProbeRequest): Promise<ProbeFact> {
  const deadline = performance.now() + request.deadlineMs
  const attempts: ProbeAttempt[] = []
  for (;;) {
    const leftMs = deadline - performance.now()
    const attempt = await once(request, request.deadlineMs ? Math.min(attemptMs, Math.max(pauseMs, leftMs)) : attemptMs)
    attempts.push(attempt)
    // The first attempt and the last ones tell the story; what is between is more of the same.
    if (attempts.length > lastKept + 1) attempts.splice(1, 1)
    if (attempt.error === undefined) return { ok: true, attempts }
    if (performance.now() + pauseMs >= deadline) return { ok: false, attempts }
    await sleep(pauseMs)
  }
}

async function once(request: ProbeRequest, timeoutMs: number): Promise<ProbeAttempt> {
  const start = performance.now()
  try {
    const reply = await ask(request, timeoutMs)
    return { status: reply.status, ms: since(start), ...judge(reply, request.release) }
  } catch (error) {
    return { ms: since(start), error: causeOf(error) }
  }
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
    const request = httpRequest({ host: '127.0.0.1', port, path, agent: false, headers: { host } }, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      const done = () => {
        clearTimeout(timer)
        request.destroy()
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).subarray(0, bodyBytes).toString('utf8')
        })
      }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes >= bodyBytes) done()
      })
      response.on('end', done)
      response.on('error', fail)
    })
    const fail = (error: Error) => {
      clearTimeout(timer)
      request.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(new Error(`no whole answer within ${Math.round(timeoutMs)} ms`)), timeoutMs)
    request.on('error', fail)
    request.end()
  })
}

const since = (start: number) => Math.round(performance.now() - start)
