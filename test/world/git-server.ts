import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A private repository behind git's own smart HTTP, on loopback. */
export interface GitServer extends AsyncDisposable {
  /** What GITHUB_SERVER_URL would say. */
  url: string
  /** Commits these files to main and answers with the commit. */
  commit(files: Record<string, string>): string
}

/** @param token what it takes, as GitHub does, for the password of x-access-token */
export async function gitServer(name: string, token: string): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), 'tenant-git-'))
  const bare = join(root, `${name}.git`)
  const work = join(root, 'work')
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', work])
  const server = await serveRepositories(root, token)
  const git = (...words: string[]) => execFileSync('git', ['-C', work, ...words], { encoding: 'utf8' })
  return {
    url: server.url,
    commit(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, path)), { recursive: true })
        writeFileSync(join(work, path), text)
      }
      git('add', '--all')
      git('-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', 'commit', '--quiet', '--message', 'The site')
      git('push', '--quiet', bare, 'main')
      return git('rev-parse', 'HEAD').trim()
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(root, { recursive: true })
    }
  }
}

/**
 * Serves all repositories below a folder, on loopback.
 * @param token what it takes, as GitHub does, for the password of x-access-token; null: all may read them
 */
export async function serveRepositories(
  root: string,
  token: string | null
): Promise<{ url: string } & AsyncDisposable> {
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const server = createServer((request, response) => {
    const sent = request.rawHeaders.filter((name, at) => at % 2 === 0 && /^authorization$/i.test(name))
    // As GitHub does.
    if (sent.length > 1) return response.writeHead(400).end('Duplicate header: "Authorization"')
    // GitHub does not mind how the word is written, and actions/checkout writes it small.
    if (token !== null && request.headers.authorization?.replace(/^basic/, 'Basic') !== expected)
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    serve(root, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** Runs git's CGI for one request (git-http-backend(1)). */
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://git')
  const cgi = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '')
    },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const chunks: Buffer[] = []
  cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  cgi.once('close', () => {
    const whole = Buffer.concat(chunks)
    const end = whole.indexOf('\r\n\r\n')
    const headers = whole.subarray(0, end).toString().split('\r\n')
    const status = headers.find((line) => line.startsWith('Status: '))
    for (const line of headers) {
      const [, key = '', value = ''] = /^([^:]+): (.*)$/.exec(line) ?? []
      if (key !== '' && key !== 'Status') response.setHeader(key, value)
    }
    response.writeHead(status === undefined ? 200 : Number(status.slice(8, 11))).end(whole.subarray(end + 4))
  })
  request.pipe(cgi.stdin)
}
