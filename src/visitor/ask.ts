import { request as plainRequest, type Agent, type IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { NoAnswer, whyNoAnswer } from './no-answer.ts'
import type { Reply } from './reply.ts'

export const MOST_BYTES = 32 * 1024 * 1024

export interface Question {
  /** Default: GET. None of them changes anything. */
  method?: 'GET' | 'HEAD' | 'OPTIONS'
  headers?: Record<string, string>
}

/**
 * Asks once, and follows no redirect.
 * @throws NoAnswer where none came in time or none that is whole, and the signal's reason where that was given.
 */
export function ask(
  url: string,
  { method = 'GET', headers = {} }: Question,
  { agent, answerMs, signal }: { agent: Agent; answerMs: number; signal: AbortSignal }
): Promise<Reply> {
  signal.throwIfAborted()
  const late = AbortSignal.timeout(answerMs)
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(
        signal.aborted
          ? (signal.reason as Error)
          : new NoAnswer(late.aborted ? `no answer within ${answerMs / 1000} s` : whyNoAnswer(error))
      )
    const asked = (url.startsWith('http:') ? plainRequest : request)(url, {
      agent,
      method,
      headers: { 'cache-control': 'no-cache', 'user-agent': 'tenant-deploy', ...headers },
      signal: AbortSignal.any([signal, late])
    })
    asked.on('error', fail)
    // Also where a server answers with another protocol than HTTP, which is neither an answer nor an error.
    const unanswered = () => fail(new Error('the connection was closed without an answer'))
    asked.on('close', unanswered)
    asked.on('response', (response: IncomingMessage) => {
      asked.off('close', unanswered)
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= MOST_BYTES) return void chunks.push(chunk)
        fail(new Error(`the answer is larger than ${MOST_BYTES / 1024 / 1024} MiB`))
        asked.destroy()
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headersDistinct, body: Buffer.concat(chunks) })
      )
      response.on('error', fail)
      response.on('close', () => {
        if (!response.complete) fail(new Error('the connection was closed in the middle of the answer'))
      })
    })
    asked.end()
  })
}
