import { afterAll, beforeAll, inject } from 'vitest'
import { make } from '../contract/isolation/certificates.ts'
import { edit } from '../world/on-host.ts'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { matching, one, ward, type Harm, type Row } from './faults.ts'

/**
 * What only visitors see: on the host everything of the tenant is as it should be, and another server of the same nginx,
 * which reads it first, answers for one of its domains.
 */
const world = worldAt(inject('repository'))
const { host } = world
const name = 'clinic'
const config = '/etc/nginx/nginx.conf'
const folder = `/etc/tenant-deploy/certificates/${name}`
const aside = '/etc/ssl/other-certificate'
const [booking, book, www] = [`booking.${name}.test`, `book.${name}.test`, `www.${name}.test`]
const at = (domain: string) => `https://${domain}:${host.https_port}`
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

/** A server that nginx reads before the tenants' own. Answers with the way back. */
async function server(domain: string, body: string): Promise<() => Promise<void>> {
  const before = await tenant.read(config)
  const text = `server {
    listen ${host.listen}:${host.https_port} ssl;
    server_name ${domain};
    ssl_certificate ${folder}/fullchain.pem;
    ssl_certificate_key ${folder}/privkey.pem;
    ${body}
  }
`
  await tenant.write(
    config,
    before.replace(/^ *include .*tenants\.d/m, (include) => `${text}${include}`)
  )
  await tenant.reloadNginx()
  return async () => {
    await tenant.write(config, before)
    await tenant.reloadNginx()
  }
}

/** One that leads to the app, and sends with its answers what its site does, but for what is said of it. */
async function proxy({ headers = {}, more = '' }: { headers?: Record<string, string>; more?: string }) {
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
  return server(booking, `${sent.join(' ')} location / { ${to} } location = /api/bookings { ${to} ${more} }`)
}

const found = (address: string, rows: Row[], undo: () => Promise<unknown>, remedy = /^look (where|at what) /): Harm =>
  one({ address, rows, remedy: matching(remedy) }, undo)
const ON_HOST = /^on the host all is as it should be/
const CORS = /^correct what the app lets the marketing site's pages do/

const health = async (body: string, actual: string): Promise<Harm> => {
  const undo = await server(booking, body)
  const expected = `200 from ${await tenant.release('app')}`
  return found('app.public.health', [['/api/health', expected, actual]], undo, ON_HOST)
}
const page = async (body: string, actual: string): Promise<Harm> => {
  const undo = await server(www, body)
  const expected = `200 with the first page of ${await tenant.release('marketing')}`
  return found('marketing.public.page', [['/', expected, actual]], undo, ON_HOST)
}
const cors = async (more: string, row: Row): Promise<Harm> =>
  found('app.public.cors', [row], await proxy({ more }), CORS)

/** nginx loads another certificate in the place of the tenant's, which is put back without a word to nginx. */
async function served(certificate: () => Promise<unknown>): Promise<() => Promise<unknown>> {
  await tenant.sh('mkdir -p "$1"', aside)
  await certificate()
  await tenant.sh('cp -P "$1" "$1.kept"; ln -sfn "$2" "$1"', folder, aside)
  await tenant.reloadNginx()
  await tenant.sh('mv -T "$1.kept" "$1"; rm -rf "$2"', folder, aside)
  return () => tenant.reloadNginx()
}
const write = (names: string[], until: number) => () =>
  make(tenant.sh, `${aside}/fullchain.pem`, `${aside}/privkey.pem`, { names, from: -60, until })
const own = [booking, book, www, `${name}.test`]

/** A deploy brings what names them, and nobody follows it there. */
async function shipped(html: string, rows: Row[]): Promise<Harm> {
  edit(world, `test/${name}-site/about.html`, '</title>', `</title>${html}`)
  const ran = await tenant.deploy('marketing')
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
  const undo = async () => {
    tenant.restore()
    await tenant.deploy('marketing')
  }
  return found('marketing.public.links', rows, undo, /^correct the pages that name them/)
}

each({
  'a default page answers for the app': () => health(`return 200 'Welcome to nginx!';`, '200, and no release is named'),
  'not found answers for the app': () => health('return 404;', 'status 404'),
  'an error answers for the app': () => health('return 500;', 'status 500'),
  'another site answers for the app, which redirects': () =>
    health('return 302 https://parked.test/;', '302 to https://parked.test/'),
  'an older release answers for the app': () =>
    health(`return 200 '{"release":"20260101T000000Z-0000000"}';`, '200 from 20260101T000000Z-0000000'),

  'a default page answers for the marketing site': () =>
    page(`default_type text/html; return 200 'Welcome to nginx!';`, '200 with other content'),
  'not found answers for the marketing site': () => page('return 404;', 'status 404'),
  'an error answers for the marketing site': () => page('return 503;', 'status 503'),

  'a domain that redirects answers with a page': async () => {
    const undo = await server(book, `return 200 'Welcome to nginx!';`)
    const target = `301 or 308 to ${at(booking)}/tenant/doctor?asked=redirect`
    return found('app.public.redirects', [[`https://${book}`, target, 'status 200']], undo)
  },
  'a domain redirects to somewhere else': async () => {
    const undo = await server(`${name}.test`, 'return 301 https://parked.test$request_uri;')
    const target = `301 or 308 to ${at(www)}/tenant/doctor?asked=redirect`
    const actual = '301 to https://parked.test/tenant/doctor?asked=redirect'
    return found('marketing.public.redirects', [[`https://${name}.test`, target, actual]], undo)
  },

  'a header is taken away': async () => {
    const undo = await proxy({ headers: { 'Permissions-Policy': '' } })
    return found('app.public.headers', [['Permissions-Policy', 'geolocation=()', 'missing']], undo)
  },
  'a header is another': async () => {
    const undo = await proxy({ headers: { 'X-Frame-Options': 'ALLOWALL' } })
    return found('app.public.headers', [['X-Frame-Options', 'SAMEORIGIN', 'ALLOWALL']], undo)
  },

  "the question before the widget's is refused": () =>
    cors('if ($request_method = OPTIONS) { return 405; }', ['OPTIONS /api/bookings', 'an ok status', 'status 405']),
  'the widget may not ask': () =>
    cors('proxy_hide_header Access-Control-Allow-Origin;', [
      'Access-Control-Allow-Origin of OPTIONS /api/bookings',
      at(www),
      'missing'
    ]),
  'the widget may not send JSON': () =>
    cors('proxy_hide_header Access-Control-Allow-Headers;', [
      'Access-Control-Allow-Headers',
      'content-type',
      'missing'
    ]),
  'what the widget gets may be kept for another site': () =>
    cors('proxy_hide_header Vary;', ['Vary of GET /api/bookings', 'Origin', 'missing']),

  'nginx serves a certificate for other domains still': async () => {
    const undo = await served(write(['parked.test'], 60))
    const row: Row = [own.slice(0, 2).join(', '), 'a certificate for this domain', 'one for parked.test']
    const harm = found('app.public.certificate', [row], undo, ON_HOST)
    return { ...harm, found: [{ ...harm.found[0]!, follows: ['marketing.public.certificate'] }] }
  },
  'nginx serves a certificate still that ends soon': async () => {
    const undo = await served(write(own, 3))
    const row: Row = [
      own.slice(0, 2).join(', '),
      matching(/^valid for \d+ days more$/),
      matching(/^2 days left, until /)
    ]
    const harm = found('app.public.certificate', [row], undo, ON_HOST)
    return { ...harm, found: [{ ...harm.found[0]!, follows: ['marketing.public.certificate'] }] }
  },

  'the certificate ends soon, on disk as well': async () => {
    await tenant.sh('mkdir -p "$1"', aside)
    await write(own, 3)()
    await tenant.sh('ln -sfn "$2" "$1"', folder, aside)
    await tenant.reloadNginx()
    return {
      ...one({
        address: 'certificate.issued',
        rows: [['valid', 'for some weeks to come', matching(/^until /)]],
        remedy: `tenant provision ${name}`,
        follows: ['app.public.certificate', 'marketing.public.certificate']
      }),
      undo: () => tenant.sh('rm -rf "$1"', aside)
    }
  },
  'the certificate is one for other domains, on disk as well': async () => {
    await tenant.sh('mkdir -p "$1"', aside)
    await write([booking, www], 60)()
    await tenant.sh('ln -sfn "$2" "$1"', folder, aside)
    await tenant.reloadNginx()
    return {
      ...one({
        address: 'certificate.issued',
        rows: [['names', `also ${book}, ${name}.test`, `${booking}, ${www}`]],
        remedy: `tenant provision ${name}`,
        follows: ['app.public.certificate', 'marketing.public.certificate']
      }),
      undo: () => tenant.sh('rm -rf "$1"', aside)
    }
  },

  'a page was shipped that names an image, a script and a style sheet of ours that are not there': () =>
    shipped(
      `<img src="/assets/lost.png" alt=""><script src="lost.js"></script>
<link rel="stylesheet" href="https://${booking}/_next/static/lost.css"><img src="https://elsewhere.test/lost.png" alt="">`,
      ['/assets/lost.png', '/lost.js', `${at(booking)}/_next/static/lost.css`].map((lost) => [
        lost,
        'a file, as /about.html names it',
        'status 404'
      ])
    )
})
