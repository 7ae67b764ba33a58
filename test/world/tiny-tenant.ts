import { onHost } from './on-host.ts'
import type { World } from './world.ts'

/** The tenant that is remade with a tiny app; it is provisioned with an account and a database as it stands. */
export const TINY = 'otherbrand'
export const ROOT = `/srv/tenants/${TINY}`
/** A file on the host: while it is not there, a build that begins with UNTIL_GO waits. */
export const GO = '/tmp/otherbrand-go'

const MANIFEST = `tenants/${TINY}/tenant.yml`
const APP = 'test/tiny-tenant-app'
const SITE = `test/${TINY}-site`

const SERVER = `import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const release = process.env.RELEASE_ID
// A signal ends it at once, with whatever it was answering: only a deploy that drains loses nothing.
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app')
  if (pathname === '/widget/booking.js') return response.end(readFileSync('public/widget/booking.js'))
  response.setHeader('content-type', 'application/json')
  for (const what of ['origin', 'methods', 'headers']) response.setHeader('access-control-allow-' + what, '*')
  setTimeout(() => response.end(JSON.stringify({ release })), Number(searchParams.get('ms') ?? 0))
}).listen(Number(process.env.PORT), '127.0.0.1')
`

const build = (first: string) => `import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

${first}
mkdirSync('public/widget', { recursive: true })
writeFileSync('public/widget/booking.js', readFileSync('widget.js'))
`

export const UNTIL_GO = `process.stdout.write('building slowly\\n')
while (!existsSync('${GO}')) await sleep(50)`

/** A tenant with a real marketing site and an app of a few files, which builds, starts and answers in a blink. */
export interface TinyTenant {
  /** Rewrites the manifest as it is with the tiny app; each call starts from there. */
  manifest(change: (text: string) => string): void
  /** Lines of JavaScript that the app's build runs first. */
  build(first: string): void
  /** What the app's build makes its widget of. */
  widget(text: string): void
  /** The source folders, in the repository. */
  site: string
  app: string
}

/** Writes it into the repository, uncommitted. */
export function tinyTenant({ repository }: World): TinyTenant {
  const manifest = repository.read(MANIFEST)
  const tiny = manifest
    .replace('source: test/booking-app', `source: ${APP}`)
    .replace('build: npm run build', 'build: node build.mjs')
    .replace(/start: .*/, 'start: node server.mjs')
  const about = { name: 'tiny-app', version: '1.0.0' }
  const lockfile = { ...about, lockfileVersion: 3, requires: true, packages: { '': about } }
  repository.write(MANIFEST, tiny)
  repository.write(`${APP}/package.json`, JSON.stringify({ ...about, private: true }))
  repository.write(`${APP}/package-lock.json`, JSON.stringify(lockfile))
  repository.write(`${APP}/server.mjs`, SERVER)
  repository.write(`${APP}/build.mjs`, build(''))
  repository.write(`${APP}/widget.js`, "console.log('widget 1')\n")
  return {
    manifest: (change) => repository.write(MANIFEST, change(tiny)),
    build: (first) => repository.write(`${APP}/build.mjs`, build(first)),
    widget: (text) => repository.write(`${APP}/widget.js`, text),
    site: SITE,
    app: APP
  }
}

/** Every file of the tenant on the host: type, mode, owner, modification time, content; without what PM2 writes as it pleases. */
export function hostListing(world: World): Promise<string> {
  const files = `find ${ROOT} /etc/nginx/tenants.d \\( -path ${ROOT}/pm2 -o -path ${ROOT}/app/shared/log \\) -prune -o`
  const script = `${files} -printf '%y %m %u %T@ %p %l\\n' | sort; ${files} -type f -print0 | sort -z | xargs -0 sha256sum`
  return onHost(world, TINY).must(['sh', '-c', script])
}
