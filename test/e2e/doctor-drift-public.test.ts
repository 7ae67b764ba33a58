import { edit } from '../world/on-host.ts'
import type { Patient } from '../world/patient.ts'
import { matching, one, type Fault, type Harm, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/**
 * What only visitors see: on the host everything of the tenant is as it should be, and another server of the same nginx,
 * which reads it first, answers for one of its domains.
 */
const config = '/etc/nginx/nginx.conf'
const bookingOf = ({ name }: Patient) => `booking.${name}.test`
const bookOf = ({ name }: Patient) => `book.${name}.test`
const wwwOf = ({ name }: Patient) => `www.${name}.test`
const at = ({ world }: Patient, domain: string) => world.url(domain, '')

/** A server that nginx reads before the tenants' own. Answers with the way back. */
async function server(tenant: Patient, domain: string, body: string): Promise<() => Promise<void>> {
  const folder = `/etc/tenant-deploy/certificates/${tenant.name}`
  const text = `server {
    listen ${tenant.world.host.https_port} ssl;
    server_name ${domain};
    ssl_certificate ${folder}/fullchain.pem;
    ssl_certificate_key ${folder}/privkey.pem;
    ${body}
  }
`
  const changed = async (change: (before: string) => string) => {
    await tenant.write(config, change(await tenant.read(config)))
    await tenant.reloadNginx()
  }
  await changed((before) => before.replace(/^ *include .*tenants\.d/m, (include) => `${text}${include}`))
  return () => changed((before) => before.replace(text, () => ''))
}

/** One that leads to the app, and sends with its answers what its site does, but for what is said of it. */
async function proxy(
  tenant: Patient,
  { headers = {}, more = '' }: { headers?: Record<string, string>; more?: string }
) {
  const [process] = (await tenant.live()).processes
  const all = {
    'Strict-Transport-Security': 'max-age=31536000',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'SAMEORIGIN',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'Permissions-Policy': 'geolocation=()',
    ...headers
  }
  const sent = Object.entries(all).flatMap(([header, value]) =>
    value === '' ? [] : [`add_header ${header} "${value}" always;`]
  )
  const to = `proxy_pass http://127.0.0.1:${process!.port}; proxy_set_header Host $http_host;`
  return server(
    tenant,
    bookingOf(tenant),
    `${sent.join(' ')} location / { ${to} } location = /api/bookings { ${to} ${more} }`
  )
}

const found = (address: string, rows: Row[], undo: () => Promise<unknown>, remedy = /^look (where|at what) /): Harm =>
  one({ address, rows, remedy: matching(remedy) }, undo)
const ON_HOST = /^on the host all is as it should be/
const CORS = /^correct what the app lets the marketing site's pages do/

const health =
  (body: string, actual: string): Fault =>
  async (tenant) => {
    const undo = await server(tenant, bookingOf(tenant), body)
    const expected = `200 from ${await tenant.release('app')}`
    return found('app.public.health', [['/api/health', expected, actual]], undo, ON_HOST)
  }
const page =
  (body: string, actual: string): Fault =>
  async (tenant) => {
    const undo = await server(tenant, wwwOf(tenant), body)
    const expected = `200 with the first page of ${await tenant.release('marketing')}`
    return found('marketing.public.page', [['/', expected, actual]], undo, ON_HOST)
  }
const cors =
  (more: string, row: (tenant: Patient) => Row): Fault =>
  async (tenant) =>
    found('app.public.cors', [row(tenant)], await proxy(tenant, { more }), CORS)

/** A deploy brings what names them, and nobody follows it there. */
async function shipped(tenant: Patient, html: string, rows: Row[]): Promise<Harm> {
  edit(tenant.world, `test/${tenant.name}-site/about.html`, '</title>', `</title>${html}`)
  const ran = await tenant.deploy('marketing')
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
  const undo = async () => {
    tenant.restore()
    await tenant.deploy('marketing')
  }
  return found('marketing.public.links', rows, undo, /^correct the pages that name them/)
}

const another: Record<string, Fault> = {
  'a default page answers for the app': health(`return 200 'Welcome to nginx!';`, '200, and no release is named'),
  'not found answers for the app': health('return 404;', 'status 404'),
  'an error answers for the app': health('return 500;', 'status 500'),
  'another site answers for the app, which redirects': health(
    'return 302 https://parked.test/;',
    '302 to https://parked.test/'
  ),
  'an older release answers for the app': health(
    `return 200 '{"release":"20260101T000000Z-0000000"}';`,
    '200 from 20260101T000000Z-0000000'
  ),

  'a default page answers for the marketing site': page(
    `default_type text/html; return 200 'Welcome to nginx!';`,
    '200 with other content'
  ),
  'not found answers for the marketing site': page('return 404;', 'status 404'),
  'an error answers for the marketing site': page('return 503;', 'status 503'),

  'a domain that redirects answers with a page': async (tenant) => {
    const book = bookOf(tenant)
    const undo = await server(tenant, book, `return 200 'Welcome to nginx!';`)
    const target = `301 or 308 to ${at(tenant, bookingOf(tenant))}/tenant/doctor?asked=redirect`
    return found('app.public.redirects', [[`https://${book}`, target, 'status 200']], undo)
  },
  'a domain redirects to somewhere else': async (tenant) => {
    const bare = `${tenant.name}.test`
    const undo = await server(tenant, bare, 'return 301 https://parked.test$request_uri;')
    const target = `301 or 308 to ${at(tenant, wwwOf(tenant))}/tenant/doctor?asked=redirect`
    const actual = '301 to https://parked.test/tenant/doctor?asked=redirect'
    return found('marketing.public.redirects', [[`https://${bare}`, target, actual]], undo)
  }
}

const sent: Record<string, Fault> = {
  'a header is taken away': async (tenant) => {
    const undo = await proxy(tenant, { headers: { 'Permissions-Policy': '' } })
    return found('app.public.headers', [['Permissions-Policy', 'geolocation=()', 'missing']], undo)
  },
  'a header is another': async (tenant) => {
    const undo = await proxy(tenant, { headers: { 'X-Frame-Options': 'ALLOWALL' } })
    return found('app.public.headers', [['X-Frame-Options', 'SAMEORIGIN', 'ALLOWALL']], undo)
  },

  "the question before the widget's is refused": cors('if ($request_method = OPTIONS) { return 405; }', () => [
    'OPTIONS /api/bookings',
    'an ok status',
    'status 405'
  ]),
  'the widget may not ask': cors('proxy_hide_header Access-Control-Allow-Origin;', (tenant) => [
    'Access-Control-Allow-Origin of OPTIONS /api/bookings',
    at(tenant, wwwOf(tenant)),
    'missing'
  ]),
  'the widget may not send JSON': cors('proxy_hide_header Access-Control-Allow-Headers;', () => [
    'Access-Control-Allow-Headers',
    'content-type',
    'missing'
  ]),
  'what the widget gets may be kept for another site': cors('proxy_hide_header Vary;', () => [
    'Vary of GET /api/bookings',
    'Origin',
    'missing'
  ]),

  'a page was shipped that names an image, a script and a style sheet of ours that are not there': (tenant) => {
    const booking = bookingOf(tenant)
    return shipped(
      tenant,
      `<img src="/assets/lost.png" alt=""><script src="lost.js"></script>
<link rel="stylesheet" href="https://${booking}/_next/static/lost.css"><img src="https://elsewhere.test/lost.png" alt="">`,
      ['/assets/lost.png', '/lost.js', `${at(tenant, booking)}/_next/static/lost.css`].map((lost) => [
        lost,
        'a file, as /about.html names it',
        'status 404'
      ])
    )
  }
}

rounds({ 'another server': another, 'what is sent': sent })
