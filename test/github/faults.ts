import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { address } from './world.ts'

export interface Fault {
  /** Of requests such as `POST /repos/acme/tenants/issues`. */
  on: RegExp
  /** Of the request's body, if given. */
  about?: RegExp
  status: number
  headers?: Record<string, string>
  message: string
  /** How many requests meet it; without, all. */
  times?: number
  /** The request is done all the same, and only its answer is lost. */
  after?: boolean
}

export interface FaultyWay extends AsyncDisposable {
  url: string
  /** What came by, as `POST /repos/acme/tenants/issues`. */
  asked: string[]
}

/** A way to the emulated GitHub on which requests meet faults. */
export async function faultyWay(faults: Fault[]): Promise<FaultyWay> {
  const asked: string[] = []
  const left = new Map(faults.map((fault) => [fault, fault.times ?? Infinity]))
  const server = createServer((request, response) => {
    void (async () => {
      const line = `${request.method} ${request.url}`
      const body = await bodyOf(request)
      asked.push(line)
      const fault = faults.find((one) => one.on.test(line) && (one.about?.test(body) ?? true) && left.get(one)! > 0)
      if (fault !== undefined) left.set(fault, left.get(fault)! - 1)
      if (fault === undefined || fault.after === true) {
        const answer = await fetch(`${address}${request.url}`, {
          method: request.method!,
          headers: { authorization: 'token robot', 'content-type': 'application/json' },
          ...(body === '' ? {} : { body })
        })
        const text = await answer.text()
        if (fault === undefined) {
          const link = answer.headers.get('link')
          response.writeHead(answer.status, {
            'content-type': 'application/json',
            ...(link === null ? {} : { link: link.replaceAll(/http:\/\/[^/]+/g, way.url) })
          })
          response.end(text)
          return
        }
      }
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      response.end(JSON.stringify({ message: fault.message }))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const way: FaultyWay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  return way
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
