import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { rootCertificates } from 'node:tls'
import type { Host } from '../tenant/host.ts'

/** How long an answer may take, in ms. */
export const ANSWER_MS = 10_000
const MOST_BYTES = 32 * 1024 * 1024

export interface Page {
  status: number
  body: Buffer
}

export function whyNoAnswer(error: NodeJS.ErrnoException): string {
  return error.name === 'AbortError' ? `no answer within ${ANSWER_MS / 1000} s` : (error.code ?? error.message)
}

/** Asks what a visitor would ask, through DNS, TLS and nginx. */
export function ask(url: string, host: Host, signal: AbortSignal): Promise<Page> {
  const { resolve: address } = host
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        signal,
        agent: false,
        headers: { 'cache-control': 'no-cache', 'user-agent': 'tenant-deploy' },
        ...(host.ca_file === undefined ? {} : { ca: [...rootCertificates, readFileSync(host.ca_file, 'utf8')] }),
        ...(address === undefined
          ? {}
          : {
              lookup: (_name: string, options: { all?: boolean }, done: (...args: never[]) => void) =>
                (done as (...args: unknown[]) => void)(
                  null,
                  options.all === true ? [{ address, family: address.includes(':') ? 6 : 4 }] : address,
                  address.includes(':') ? 6 : 4
                )
            })
      },
      (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > MOST_BYTES) asked.destroy(new Error('the answer is too large'))
          else chunks.push(chunk)
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
        response.on('error', reject)
      }
    )
    asked.on('error', reject)
    asked.end()
  })
}
