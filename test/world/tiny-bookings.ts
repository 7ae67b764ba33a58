import type { Repository } from './repository.ts'
import { tinyApp, useTinyApp } from './tiny-app.ts'

const files: Record<string, string> = {
  'page.js': `exports.page = (brand) =>
  '<!DOCTYPE html><title>' + brand + '</title><h1>Book a table</h1><p>Tell ' + brand + ' when you are coming.</p>\\n'
`,
  // A path that a shell, and rsync, would take for a pattern.
  'app/bookings/[id]/page.html': '<!DOCTYPE html><title>Your booking</title><h1>A table for NAME</h1>\n',
  'widget.js': "document.title = 'One moment…'\n",
  'health.js': 'exports.health = () => ({ release: process.env.RELEASE_ID })\n',
  'bookings.js': `const { execFile } = require('node:child_process')

// psql in place of a driver, which would be a package.
function sql(values, query) {
  const { hostname, port, username, password, pathname } = new URL(process.env.DATABASE_URL)
  const words = ['-XqAtw', '-v', 'ON_ERROR_STOP=1', '-h', hostname, '-p', port, '-U', username, '-d', pathname.slice(1)]
  for (const [name, value] of Object.entries(values)) words.push('-v', name + '=' + value)
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(password) }
  return new Promise((resolve, reject) => {
    const psql = execFile('psql', words, { env }, (error, text) => (error ? reject(error) : resolve(text.trim())))
    psql.stdin.end(query)
  })
}

exports.count = () => sql({}, 'select count(*) from bookings')
exports.nameOf = (id) => sql({ id }, "select name from bookings where id = :'id'")
exports.book = ({ name, date, partySize, note }) =>
  sql(
    { name, date, partySize, note },
    "insert into bookings (name, date, party_size, note) values (:'name', :'date', :'partySize', :'note') returning id"
  )
`,
  'server.js': `const { createServer } = require('node:http')
const { existsSync, readFileSync, statSync } = require('node:fs')
const { json } = require('node:stream/consumers')
const { book, count, nameOf } = require('./bookings.js')
const { health } = require('./health.js')
const { page } = require('./page.js')

if (existsSync('.env.local')) process.loadEnvFile('.env.local')
// As of any app that is built: without its build it does not start.
const built = readFileSync('.next/static/build.txt', 'utf8')
const bookingPage = readFileSync('app/bookings/[id]/page.html', 'utf8')

async function answer(request) {
  const { pathname } = new URL(request.url, 'http://app')
  const [, , id] = /^(\\/api)?\\/bookings\\/([0-9a-f-]+)$/.exec(pathname) ?? []
  if (pathname === '/api/health') return [200, 'application/json', JSON.stringify(health())]
  if (pathname === '/api/bookings' && request.method === 'POST')
    return [201, 'application/json', JSON.stringify({ id: await book(await json(request)) })]
  if (pathname === '/api/bookings') return [200, 'text/plain', await count()]
  if (id && pathname.startsWith('/api/')) return [200, 'application/json', JSON.stringify({ name: await nameOf(id) })]
  if (id) return [200, 'text/html', bookingPage.replace('NAME', await nameOf(id))]
  const file = 'public' + pathname
  if (existsSync(file) && statSync(file).isFile()) return [200, 'text/javascript', readFileSync(file)]
  return [200, 'text/html', page(process.env.BRAND_NAME)]
}

createServer((request, response) => {
  for (const what of ['origin', 'methods', 'headers']) response.setHeader('access-control-allow-' + what, '*')
  if (request.method === 'OPTIONS') return response.writeHead(204).end()
  answer(request)
    .catch((error) => [500, 'text/plain', error.message])
    .then(([status, type, body]) => response.writeHead(status, { 'content-type': type }).end(body))
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('Ready with the build of ' + built))
`
}

const MIGRATIONS = ['0001_bookings.sql', '0002_booking_note.sql']

/** The folder of the app. */
export const tinyBookings = tinyApp

/**
 * Gives a tenant, in place of its own app, one that takes bookings into the same tables and ships in seconds; committed,
 * so that it is what `restore` goes back to.
 */
export function useTinyBookings(repository: Repository, tenant: string): void {
  useTinyApp(repository, tenant)
  repository.remove(`${tinyApp}/page.html`)
  for (const [path, content] of Object.entries(files)) repository.write(`${tinyApp}/${path}`, content)
  for (const name of MIGRATIONS)
    repository.write(`${tinyApp}/migrations/${name}`, repository.read(`test/booking-app/migrations/${name}`))
  repository.commit('A tiny app that takes bookings')
}
