import type { Repository } from './repository.ts'

export const tinyApp = 'test/tiny-app'

const files: Record<string, string> = {
  'package.json':
    '{ "name": "tiny-app", "version": "1.0.0", "private": true, "scripts": { "build": "node build.mjs" } }\n',
  'package-lock.json': `{ "name": "tiny-app", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": { "": { "name": "tiny-app", "version": "1.0.0" } } }\n`,
  'build.mjs': `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
mkdirSync('public/widget', { recursive: true })
writeFileSync('public/widget/booking.js', readFileSync('widget.js'))
mkdirSync('.next/static', { recursive: true })
writeFileSync('.next/static/build.txt', process.env.RELEASE_ID ?? '')
`,
  'widget.js': "document.title += ' (bookings open)'\n",
  'page.html': '<!DOCTYPE html><title>Tiny</title><h1>A tiny app</h1>\n',
  'server.js': `const { execFile } = require('node:child_process')
const { createServer } = require('node:http')
const { existsSync, readFileSync, statSync } = require('node:fs')

if (existsSync('.env.local')) process.loadEnvFile('.env.local')

// psql in place of a driver, which would be a package.
function count(done) {
  const { hostname, port, username, password, pathname } = new URL(process.env.DATABASE_URL)
  const words = ['-XqAtw', '-h', hostname, '-p', port, '-U', username, '-d', pathname.slice(1)]
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(password) }
  execFile('psql', [...words, '-c', 'select count(*) from bookings'], { env }, done)
}

// By name without the port: a host may serve its sites on another one than visitors commonly use.
function isMarketing(origin) {
  const { MARKETING_ORIGIN } = process.env
  return origin !== undefined && MARKETING_ORIGIN !== undefined && new URL(origin).hostname === new URL(MARKETING_ORIGIN).hostname
}

createServer((request, response) => {
  for (const what of ['origin', 'methods', 'headers']) response.setHeader('access-control-allow-' + what, '*')
  if (request.url === '/api/health') {
    response.setHeader('content-type', 'application/json')
    return response.end(JSON.stringify({ release: process.env.RELEASE_ID }))
  }
  if (request.url === '/api/bookings') {
    const { origin } = request.headers
    response.setHeader('vary', 'origin')
    if (isMarketing(origin)) response.setHeader('access-control-allow-origin', origin)
    if (request.method === 'OPTIONS') {
      const allowed = { 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': 'content-type' }
      return response.writeHead(204, allowed).end()
    }
    return count((error, text) => (error ? response.writeHead(500).end(error.message) : response.end(text)))
  }
  const file = 'public' + new URL(request.url, 'http://app').pathname
  if (existsSync(file) && statSync(file).isFile()) return response.end(readFileSync(file))
  response.setHeader('content-type', 'text/html')
  response.end(readFileSync('page.html'))
}).listen(Number(process.env.PORT), '127.0.0.1')
`,
  'migrations/0001_bookings.sql': 'create table bookings (id int primary key);\n'
}

/** Writes an app without packages, which ships in seconds, into the repository. */
export function writeTinyApp(repository: Repository, folder = tinyApp): void {
  for (const [path, text] of Object.entries(files)) repository.write(`${folder}/${path}`, text)
}

/** Gives it to a tenant in place of its own. */
export function useTinyApp(repository: Repository, tenant: string): void {
  writeTinyApp(repository)
  const manifest = `tenants/${tenant}/tenant.yml`
  repository.write(
    manifest,
    repository
      .read(manifest)
      .replace(/source: test\/booking-app/, `source: ${tinyApp}`)
      .replace(/start: node_modules.*/, 'start: node server.js')
  )
}
