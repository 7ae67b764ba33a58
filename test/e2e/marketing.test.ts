import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onHost, restore } from '../world/on-host.ts'
import { ROOT, tinyTenant, TINY, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'
import type { RunOptions } from '../world/world.ts'

const world = await cloned()
const { repository } = world
const domain = 'www.otherbrand.test'
let tiny: TinyTenant

const deploy = (words: string[] = [], options: RunOptions = {}) =>
  world.tenant(['deploy', TINY, 'marketing', '--json', ...words], options)
const page = (path: string) => world.visit(world.url(domain, path))
const inSite = (path: string) => join(repository.path, tiny.site, path)
const write = (path: string, text: string | Buffer) => repository.write(`${tiny.site}/${path}`, text)

/** Ships, and answers with what rsync itemised. */
async function shipped() {
  const ran = await deploy()
  expect(ran.stderr + JSON.stringify(ran.report.failure)).not.toContain('error')
  expect(ran.code).toBe(0)
  const { created, changed, deleted } = ran.lane('marketing').files
  return { created, changed, deleted }
}

const nothing = { created: [], changed: [], deleted: [] }

beforeAll(async () => {
  tiny = tinyTenant(world)
  await onHost(world, TINY).forgetAll()
})

afterAll(() => restore(world))

test('before the app was ever shipped, the site says what is missing', async () => {
  const ran = await deploy()
  expect(ran.code).toBe(2)
  expect(ran.lane('marketing').failure).toMatchObject({
    kind: 'source',
    message: 'the live app has no widget at public/widget/booking.js'
  })
  expect(ran.lane('marketing').failure?.remedy).toContain('ship the app first')
  expect((await world.exec(['ls', `${ROOT}/marketing/releases`])).stdout).toBe('')
})

describe('a site that is live', () => {
  beforeAll(async () => {
    const ran = await world.tenant(['deploy', TINY, 'all', '--json'])
    expect(ran.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
  })

  test('shows its pages, with caching and security headers', async () => {
    const found = await page('/')
    expect(found.status).toBe(200)
    expect(found.body).toEqual(Buffer.from(repository.read(`${tiny.site}/index.html`)))
    expect(found.headers).toMatchObject({
      'cache-control': 'public, max-age=0, must-revalidate',
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'strict-origin-when-cross-origin'
    })
    expect((await page('/prices')).status).toBe(200)
    const again = await world.visit(world.url(domain), { headers: { 'if-none-match': String(found.headers.etag) } })
    expect(again.status).toBe(304)
    const redirected = await world.visit(world.url('otherbrand.test', '/prices.html?a=b'))
    expect(redirected).toMatchObject({
      status: 301,
      headers: { location: world.url(domain, '/prices.html?a=b') }
    })
  })

  test('stages the widget that the live app serves', async () => {
    const live = await world.visit(world.url('booking.otherbrand.test', '/widget/booking.js'))
    const staged = await page('/assets/booking.js')
    expect(live.status).toBe(200)
    expect(staged.status).toBe(200)
    expect(staged.body).toEqual(live.body)
  })

  test('an app deploy that changes the widget restages the site in the same run, and nothing else of it', async () => {
    write('index.html', repository.read(`${tiny.site}/index.html`).replace('Tonight', 'Not yet to be shipped'))
    tiny.widget("console.log('widget 2')\n")
    const ran = await world.tenant(['deploy', TINY, 'app', '--json'])
    execFileSync('git', ['-C', repository.path, 'checkout', '--quiet', '--', tiny.site])
    expect(ran.code).toBe(0)
    expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['app', 'marketing'])
    expect(ran.lane('marketing').files).toMatchObject({ ...nothing, changed: ['assets/booking.js'] })
    expect((await page('/assets/booking.js')).text).toBe("console.log('widget 2')\n")
    expect((await page('/')).text).not.toContain('Not yet to be shipped')
    expect(await shipped()).toEqual(nothing)
  })

  test('a touch on every file ships nothing, and copies nothing', async () => {
    const before = await world.exec(['readlink', `${ROOT}/marketing/current`])
    for (const name of readdirSync(inSite('.'), { recursive: true, encoding: 'utf8' }))
      utimesSync(inSite(name), new Date(), new Date())
    const ran = await deploy([], { writesNoFile: true })
    expect(ran.report).toMatchObject({ exitCode: 0, outcome: 'unchanged' })
    expect(ran.lane('marketing').files).toEqual({ ...nothing, bytes: 0 })
    expect(await world.exec(['readlink', `${ROOT}/marketing/current`])).toEqual(before)
  })

  test('an edit of the same size ships that file alone; the ETag of every other file survives', async () => {
    const etag = (await page('/prices.html')).headers.etag
    expect(etag).toBeTruthy()
    const text = repository.read(`${tiny.site}/index.html`)
    write('index.html', text.replace('Off the boat', 'Off the goat'))
    expect(await shipped()).toEqual({ ...nothing, changed: ['index.html'] })
    expect((await page('/')).text).toContain('Off the goat')
    expect((await page('/prices.html')).headers.etag).toBe(etag)
  })

  test('a deletion is one deletion, and a visitor gets the 404 page', async () => {
    write('old.html', 'soon gone')
    expect(await shipped()).toEqual({ ...nothing, created: ['old.html'] })
    expect((await page('/old.html')).text).toBe('soon gone')
    unlinkSync(inSite('old.html'))
    expect(await shipped()).toEqual({ ...nothing, deleted: ['old.html'] })
    const gone = await page('/old.html')
    expect(gone.status).toBe(404)
    expect(gone.text).toBe(repository.read(`${tiny.site}/404.html`))
  })

  test('file names of every kind ship, are itemised as they are, served, changed and removed', async () => {
    const names = [
      'a name with spaces.html',
      ` outer space `,
      `it's "quoted".html`,
      'two\nlines.html',
      'ends in a newline\n',
      '-rf.html',
      '--delete',
      'back\\slash.html',
      'hash#tag.html',
      'octal\\#012.html',
      'fünf ☃ 🦊.html',
      '100%.html',
      '%2e%2e.html',
      'what?.html',
      '<img src=x onerror=alert(1)>',
      '$(touch x) `id` ; | & * ~.html',
      'tab\tand\u0001control.html',
      '-folder/\n/::error::file.html',
      '*deleting .html'
    ].sort()
    for (const name of names) {
      mkdirSync(dirname(inSite(name)), { recursive: true })
      write(name, `this is ${name}`)
    }
    expect(await shipped()).toEqual({ ...nothing, created: names })
    for (const name of names) {
      const found = await page(`/${name.split('/').map(encodeURIComponent).join('/')}`)
      expect([name, found.status, found.text]).toEqual([name, 200, `this is ${name}`])
    }
    expect(await shipped()).toEqual(nothing)
    for (const name of names) write(name, `that is ${name}`)
    expect(await shipped()).toEqual({ ...nothing, changed: names })
    for (const name of names) unlinkSync(inSite(name))
    expect(await shipped()).toEqual({ ...nothing, deleted: names })
    for (const name of names)
      expect((await page(`/${name.split('/').map(encodeURIComponent).join('/')}`)).status).toBe(404)
  })

  test('a name that is not UTF-8 is refused, not left out', async () => {
    const name = Buffer.concat([Buffer.from(inSite('bad-')), Buffer.from([0xff]), Buffer.from('.html')])
    writeFileSync(name, 'x')
    const ran = await deploy()
    unlinkSync(name)
    expect(ran.code).toBe(2)
    expect(ran.lane('marketing').failure?.message).toContain('not UTF-8')
  })

  test('the executable bit is content', async () => {
    chmodSync(inSite('robots.txt'), 0o755)
    expect(await shipped()).toEqual({ ...nothing, changed: ['robots.txt'] })
    chmodSync(inSite('robots.txt'), 0o644)
    expect(await shipped()).toEqual({ ...nothing, changed: ['robots.txt'] })
  })

  test('what git ignores stays here, what hides behind a dot stays hidden, except .well-known', async () => {
    write('.gitignore', 'draft*\n')
    write('draft.html', 'not finished')
    write('.env', 'A=secret')
    write('.well-known/security.txt', 'Contact: mailto:a@b.example')
    expect(await shipped()).toEqual({ ...nothing, created: ['.gitignore', '.well-known/security.txt'] })
    expect((await page('/.well-known/security.txt')).status).toBe(200)
    for (const path of ['/.gitignore', '/.tenant/release.json', '/.tenant/site.conf', '/%2etenant/release.json'])
      expect([path, (await page(path)).status]).toEqual([path, 404])
    for (const name of ['.gitignore', 'draft.html', '.env', '.well-known/security.txt']) unlinkSync(inSite(name))
    expect(await shipped()).toEqual({ ...nothing, deleted: ['.gitignore', '.well-known/security.txt'] })
  })

  test('a link inside the site ships; one that points outside is refused', async () => {
    symlinkSync('prices.html', inSite('menu.html'))
    expect(await shipped()).toEqual({ ...nothing, created: ['menu.html'] })
    expect((await page('/menu.html')).text).toBe(repository.read(`${tiny.site}/prices.html`))
    unlinkSync(inSite('menu.html'))
    for (const target of ['/etc/passwd', '../../tenants/otherbrand/tenant.yml']) {
      symlinkSync(target, inSite('menu.html'))
      const ran = await deploy()
      unlinkSync(inSite('menu.html'))
      expect(ran.code).toBe(2)
      expect(ran.lane('marketing').failure?.message).toBe(
        `a link points outside the source: "menu.html" -> "${target}"`
      )
    }
    expect((await page('/menu.html')).status).toBe(200)
    expect(await shipped()).toEqual({ ...nothing, deleted: ['menu.html'] })
  })

  test('a page that somebody has put there by hand is named, and the next deploy takes it away', async () => {
    const current = `${ROOT}/marketing/current`
    const by = ['sudo', '-u', `tenant-${TINY}`, 'sh', '-ec']
    const script = 'mkdir "$1/old" && echo uploaded >"$1/old/page.html" && ln -s page.html "$1/old/link.html"'
    await onHost(world, TINY).must([...by, script, 'sh', current])
    expect((await page('/old/page.html')).text).toBe('uploaded\n')
    const uploaded = ['old/link.html', 'old/page.html']
    const looked = await deploy(['--dry-run'])
    expect(looked.lane('marketing').files).toMatchObject({ ...nothing, deleted: uploaded })
    expect(looked.lane('marketing').findings.find(({ address }) => address === 'marketing.files')).toEqual({
      address: 'marketing.files',
      verdict: 'drifted',
      differences: uploaded.map((attribute) => ({
        attribute,
        expected: 'no such file',
        actual: 'a file that was never shipped'
      }))
    })
    expect(await shipped()).toEqual({ ...nothing, deleted: uploaded })
    expect((await page('/old/page.html')).status).toBe(404)
    expect(await shipped()).toEqual(nothing)
  })

  test('a page by hand does not come along either where only the widget is new', async () => {
    // None of these could be hashed, and none of them stops a deploy.
    const script = 'echo uploaded >"$1/uploaded.html" && mkfifo "$1/pipe"'
    await onHost(world, TINY).must(['install', '-d', '-m', '0700', `${ROOT}/marketing/current/closed`])
    await onHost(world, TINY).must([
      'sudo',
      '-u',
      `tenant-${TINY}`,
      'sh',
      '-ec',
      script,
      'sh',
      `${ROOT}/marketing/current`
    ])
    tiny.widget("console.log('widget 3')\n")
    const ran = await world.tenant(['deploy', TINY, 'app', '--json'])
    expect(ran.code).toBe(0)
    expect(ran.lane('marketing').files).toMatchObject({
      ...nothing,
      changed: ['assets/booking.js'],
      deleted: ['closed/', 'pipe', 'uploaded.html']
    })
    expect((await page('/uploaded.html')).status).toBe(404)
    expect((await page('/')).status).toBe(200)
    expect(await shipped()).toEqual(nothing)
  })

  test('an empty source is never published', async () => {
    mkdirSync(join(repository.path, 'test/empty-site'))
    tiny.manifest((text) => text.replace(tiny.site, 'test/empty-site'))
    const ran = await deploy()
    tiny.manifest((text) => text)
    repository.remove('test/empty-site')
    expect(ran.code).toBe(2)
    expect(ran.lane('marketing').failure?.message).toBe('there is nothing to ship: the folder holds no file')
    expect((await page('/')).status).toBe(200)
  })
})
