import { afterAll, expect, test } from 'vitest'
import { checkLinks } from '../../../../src/doctor/public/links.ts'
import { makeAuthority } from '../../visitor/authority.ts'
import { domains, serve, tree, type Answer } from './acme.ts'

const authority = makeAuthority()
afterAll(() => authority[Symbol.dispose]())
const all = authority.issue(domains)

/** The differences of a site with these pages and files. */
async function links(
  contents: Record<string, string>,
  change?: (asked: string, answer: Answer, method: string | undefined) => Answer,
  { own = domains, bounds = { pages: 20, links: 200, ms: 30_000 } } = {}
) {
  const sites = await serve(
    authority,
    { all },
    (asked, answer, { method }) => change?.(asked, answer, method) ?? answer,
    contents
  )
  const found = await checkLinks(sites.visit(), tree(contents), own, bounds)
  return { ...found, asked: sites.asked, port: sites.subject.host.https_port }
}

const gone = (attribute: string, by: string, actual = 'status 404') => ({
  attribute,
  expected: `a file, as ${by}`,
  actual
})

test('each file that is gone is told once, with the first page that names it', async () => {
  const { differences, unseen } = await links({
    'index.html': '<img src="/assets/gone.png"><img src="/assets/gone.png"><script src="/gone.js?v=1#x"></script>',
    'about.html': '<img src="assets/gone.png"><img src="/here.png">',
    'rooms/index.html': '<img src="gone.png">',
    'rooms/blue & green.html': '<img src="../assets/gone.png">',
    'here.png': '…'
  })
  expect(differences).toEqual([
    gone('/assets/gone.png', '/about.html and 2 other pages name it'),
    gone('/gone.js?v=1', '/ names it'),
    gone('/rooms/gone.png', '/rooms/ names it')
  ])
  expect(unseen).toEqual([])
})

test('only our own domains are asked, each over HTTPS at the port of the host', async () => {
  const { differences, asked, port } = await links({
    'index.html': `<img src="http://user:secret@www.acme.example/a.png"><img src="//booking.acme.example/favicon.ico">
      <img src="https://acme.example/b.png"><img src="https://else.example/c.png">
      <img src="https://www.acme.example:1/d.png"><img src="https://www.acme.example.evil.example/e.png">`
  })
  expect(differences).toEqual([
    gone('/a.png', '/ names it'),
    // It is sent on to the main domain, where it is not.
    gone(`https://acme.example:${port}/b.png`, '/ names it')
  ])
  expect(asked.filter((line) => !/ https:\/\/(www\.|booking\.|)acme\.example\//.test(line))).toEqual([])
})

test('what an app that is down serves is its own matter', async () => {
  const { differences } = await links(
    { 'index.html': '<script src="https://booking.acme.example/gone.js"></script>' },
    undefined,
    { own: ['www.acme.example'] }
  )
  expect(differences).toEqual([])
})

test.each<[string, Partial<Answer>, string]>([
  ['forbidden', { status: 403 }, 'status 403'],
  ['broken', { status: 500 }, 'status 500'],
  ['sent in a circle', { status: 302, headers: { location: '/a.png' } }, 'more than 5 redirects, one after the other']
])('a file that is %s', async (_, change, actual) => {
  const { differences } = await links({ 'index.html': '<img src="/a.png">', 'a.png': '…' }, (asked, answer) =>
    asked.endsWith('/a.png') ? { ...answer, ...change } : answer
  )
  expect(differences).toEqual([gone('/a.png', '/ names it', actual)])
})

test.each<[string, Partial<Answer>]>([
  ['sent elsewhere', { status: 302, headers: { location: 'https://cdn.example/a.png' } }],
  ['sent to no address', { status: 302, headers: { location: 'http://[' } }],
  ['not given to HEAD', { status: 405 }]
])('a file that is %s', async (_, change) => {
  const { differences } = await links({ 'index.html': '<img src="/a.png">', 'a.png': '…' }, (asked, answer, method) =>
    asked.endsWith('/a.png') && method === 'HEAD' ? { ...answer, ...change } : answer
  )
  expect(differences).toEqual([])
})

test('a page that is gone is told, and hidden ones are not asked for', async () => {
  const { differences, asked } = await links(
    { 'about.html': '', '.git/index.html': '', 'a/.b.html': '', '.well-known/c.html': '', 'note.txt': '', 'D.HTM': '' },
    (asked, answer) => (asked.endsWith('/about.html') ? { ...answer, status: 404 } : answer)
  )
  expect(differences).toEqual([{ attribute: '/about.html', expected: 'status 200', actual: 'status 404' }])
  expect([...new Set(asked)].sort()).toEqual(
    ['.well-known/c.html', 'D.HTM', 'about.html'].map((path) => `GET https://www.acme.example/${path}`)
  )
})

test('what is beyond the bounds is not said to be fine', async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `<img src="/${index}.png">`).join('')
  const { differences, unseen, asked } = await links({ 'index.html': many }, (asked, answer) =>
    asked.endsWith('.png') ? { ...answer, status: 200 } : answer
  )
  expect(differences).toEqual([])
  expect(unseen).toEqual([
    { attribute: 'files that pages name', expected: 'all looked at', actual: 'only 200 looked at' }
  ])
  expect(asked).toHaveLength(201)
})

test('a page too large to be read, and more pages than are read', async () => {
  const pages = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${1000 + index}.html`, '']))
  const { unseen } = await links({ ...pages, '0.html': `<img src="/gone.png">${' '.repeat(2 ** 22)}` })
  expect(unseen).toEqual([
    { attribute: 'pages', expected: 'all looked at', actual: 'only 20 looked at' },
    { attribute: '/0.html', expected: 'what it names', actual: 'too large to be read' }
  ])
})

test('what takes too long in all is left out', async () => {
  const hanging = await serve(authority, { all }, (asked, answer) => (asked.endsWith('.svg') ? null : answer), {
    'index.html': '<img src="/a.svg"><img src="/b.svg">'
  })
  const { unseen } = await checkLinks(hanging.visit(), hanging.subject.live.marketing!.files, domains, {
    pages: 1,
    links: 9,
    // Enough for the page, however busy the machine is.
    ms: 3000
  })
  expect(unseen).toEqual([
    { attribute: 'files that pages name', expected: 'all looked at', actual: 'only 0 looked at' }
  ])
})
