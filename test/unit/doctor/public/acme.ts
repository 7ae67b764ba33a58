import { createHash } from 'node:crypto'
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Visit } from '../../../../src/doctor/public/answer.ts'
import { openPublicCheck, type Live, type PublicSubject } from '../../../../src/doctor/public/check.ts'
import type { Tree } from '../../../../src/facts/facts.ts'
import type { Finding } from '../../../../src/report/report.ts'
import { hostSchema } from '../../../../src/tenant/host.ts'
import { tenantSchema } from '../../../../src/tenant/schema.ts'
import { openVisitor } from '../../../../src/visitor/visitor.ts'
import { fullTenant } from '../../tenant/manifest.ts'
import { host as hostFile } from '../../tenant/repository.ts'
import type { Authority, Pair } from '../../visitor/authority.ts'

export const domains = ['booking.acme.example', 'book.acme.example', 'www.acme.example', 'acme.example']
export const release = '20261123T015753Z-0eec865'
const security = {
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'Referrer-Policy': 'strict-origin-when-cross-origin'
}

export interface Answer {
  status: number
  headers: Record<string, string | string[]>
  body: string
}

/** A visitor's question: scheme, domain and path, as in `https://acme.example/`, without the port. */
type Change = (asked: string, answer: Answer, request: IncomingMessage, response: ServerResponse) => Answer | null

/** The public sites of a tenant, as they should be. */
/** A tenant, and what its host says is live. */
export type Seen = PublicSubject & { live: Live }

export interface Sites {
  subject: Seen
  /** All that was asked, in order, as `GET https://acme.example/`. */
  asked: string[]
  look(changes?: Partial<Seen>, answerMs?: number): Promise<Finding[]>
  /** For one check alone. */
  visit(answerMs?: number): Visit
}

export const files = {
  'index.html':
    '<link rel="stylesheet" href="/assets/site.css"><img src="assets/logo.svg"><img src="https://else.example/x.png">',
  'rooms/index.html': '<img src="../assets/logo.svg">',
  'assets/logo.svg': '<svg/>',
  'assets/site.css': 'body {}'
}

export const tree = (contents: Record<string, string>): Tree =>
  Object.fromEntries(
    Object.entries(contents).map(([path, text]) => [
      path,
      { sha256: createHash('sha256').update(text).digest('hex'), executable: false, bytes: text.length }
    ])
  )

/**
 * Real servers on loopback that answer as the tenant's nginx and app do.
 * @param change what another answer is given to; null where it was given already
 */
export async function serve(
  authority: Authority,
  pairs: { all: Pair } & Record<string, Pair>,
  change: Change = (_, answer) => answer,
  contents: Record<string, string> = files
): Promise<Sites> {
  const asked: string[] = []
  const answer = (scheme: string) => (request: IncomingMessage, response: ServerResponse) => {
    const url = `${scheme}://${(request.headers.host ?? '').replace(/:\d+$/, '')}${request.url ?? ''}`
    asked.push(`${request.method} ${url}`)
    const changed = change(url, right(url, request, ports.https, contents), request, response)
    if (changed === null) return
    // Without it, a connection is not used again after HEAD.
    const length = changed.status === 204 ? {} : { 'content-length': Buffer.byteLength(changed.body) }
    response.writeHead(changed.status, { ...changed.headers, ...length })
    response.end(changed.body)
  }
  const secure = createServer(pairs.all, answer('https'))
  for (const [domain, pair] of Object.entries(pairs)) if (domain !== 'all') secure.addContext(domain, pair)
  const ports = { https: await listen(secure), http: await listen(createPlain(answer('http'))) }
  const host = hostSchema.parse(
    hostFile({ resolve: '127.0.0.1', ca_file: authority.file, http_port: ports.http, https_port: ports.https })
  )
  const subject: Seen = {
    host,
    tenant: tenantSchema.parse(fullTenant()),
    live: {
      app: { release, files: tree({ 'public/favicon.ico': 'icon' }) },
      marketing: { release, files: tree(contents) }
    },
    signal: new AbortController().signal
  }
  const patience = { passing: [1, 1, 1], wrong: [1] }
  return {
    subject,
    asked,
    async look(changes = {}, answerMs = 2000) {
      const { live, ...rest } = { ...subject, ...changes }
      using check = openPublicCheck(rest, { patience, answerMs })
      await check.rehearse(live)
      return await check.judge(live)
    },
    visit(answerMs = 2000) {
      const visitor = openVisitor(host, { verify: false, answerMs })
      onTestFinished(() => visitor[Symbol.dispose]())
      return { visitor, host, tenant: subject.tenant, patience, signal: subject.signal }
    }
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

function right(asked: string, request: IncomingMessage, port: number, contents: Record<string, string>): Answer {
  const { protocol, hostname, pathname, search } = new URL(asked)
  const main = hostname.startsWith('book') ? 'booking.acme.example' : 'www.acme.example'
  if (protocol === 'http:' || hostname !== main)
    return { status: 301, headers: { location: `https://${main}:${port}${pathname}${search}` }, body: '' }
  if (main === 'www.acme.example') {
    const file = decodeURIComponent(pathname)
      .slice(1)
      .replace(/(^|\/)$/, '$1index.html')
    const headers = { ...security, 'X-Frame-Options': 'DENY', 'content-type': 'text/html' }
    return { status: Object.hasOwn(contents, file) ? 200 : 404, headers, body: contents[file] ?? 'no such page' }
  }
  const headers = { ...security, 'Permissions-Policy': 'geolocation=(), camera=()' }
  if (pathname === '/api/health') return { status: 200, headers, body: JSON.stringify({ release, ok: true }) }
  if (pathname === '/favicon.ico') return { status: 200, headers, body: 'icon' }
  const cors = { ...headers, vary: 'origin', 'access-control-allow-origin': request.headers.origin ?? 'nobody' }
  if (request.method === 'OPTIONS')
    return {
      status: 204,
      headers: { ...cors, 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': 'Content-Type' },
      body: ''
    }
  return { status: 404, headers: cors, body: '{}' }
}
