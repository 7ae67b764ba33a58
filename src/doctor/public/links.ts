import type { Tree } from '../../facts/facts.ts'
import type { Difference } from '../../report/report.ts'
import { siteUrl } from '../../resources/site-view.ts'
import type { Reply } from '../../visitor/reply.ts'
import { NoAnswer } from '../../visitor/no-answer.ts'
import { answered, short, statusOf, type Found, type Visit } from './answer.ts'
import { pagePaths, readPage } from './pages.ts'

const MOST_HOPS = 5

/** How much of a site is looked at. */
export interface Bounds {
  pages: number
  links: number
  /** For all pages, and for all that they name, in ms each. */
  ms: number
}
const BOUNDS: Bounds = { pages: 500, links: 2000, ms: 60_000 }

/** A file that pages name: the first of them, and how many others do. */
interface Named {
  page: string
  others: number
}

/**
 * Every image, script and style sheet that the pages of the marketing site name on the tenant's own domains is there.
 * @param files what is live
 * @param domains the tenant's own ones; what stands elsewhere is somebody else's
 */
export async function checkLinks(visit: Visit, files: Tree, domains: string[], bounds = BOUNDS): Promise<Found> {
  const site = siteUrl(visit.host, visit.tenant.marketing!.domain)
  const paths = pagePaths(files)
  const pages = await eachInTime(visit, paths.slice(0, bounds.pages), bounds.ms, async (within, path) => {
    const page = await readPage(within, new URL(path, site).href)
    const own = new Set(page.names.flatMap((name) => ownAddress(name, visit, domains) ?? []))
    return { ...page, names: [...own].slice(0, bounds.links + 1) }
  })
  const named = new Map<string, Named>()
  for (const { path, names } of pages) {
    for (const address of names) {
      const before = named.get(address)
      if (before === undefined) named.set(address, { page: path, others: 0 })
      else before.others++
    }
  }
  const links = await eachInTime(visit, [...named].slice(0, bounds.links), bounds.ms, (within, [url, by]) =>
    followed(within, url, by, site, domains)
  )
  return {
    differences: [...pages.flatMap(({ differences }) => differences), ...links.flat()],
    unseen: [
      ...leftOut('pages', paths.length, pages.length),
      ...pages.flatMap(({ unseen }) => unseen ?? []),
      ...leftOut('files that pages name', named.size, links.length)
    ]
  }
}

/** Does it with each, all at once, until the time is over; what was not done by then is left out. */
async function eachInTime<T, R>(
  visit: Visit,
  items: T[],
  ms: number,
  work: (visit: Visit, item: T) => Promise<R>
): Promise<R[]> {
  const late = AbortSignal.timeout(ms)
  const within = { ...visit, signal: AbortSignal.any([visit.signal, late]) }
  const results = await Promise.all(
    items.map((item) =>
      work(within, item).then(
        (result) => [result],
        (thrown: unknown) => {
          if (thrown === late.reason) return []
          throw thrown
        }
      )
    )
  )
  return results.flat()
}

function leftOut(attribute: string, all: number, done: number): Difference[] {
  if (all === done) return []
  return [{ attribute, expected: 'all looked at', actual: `only ${done} looked at` }]
}

/**
 * The address to ask for a file of our own; null where it is not. Browsers were told to come over HTTPS alone, and the
 * port of a host that serves on another one is not known to its pages.
 */
function ownAddress(address: string, { host }: Visit, domains: string[]): string | null {
  const url = new URL(address)
  const ports = url.protocol === 'https:' ? ['', String(host.https_port)] : ['', String(host.http_port)]
  if (!domains.includes(url.hostname) || !ports.includes(url.port)) return null
  url.protocol = 'https:'
  url.port = String(host.https_port)
  url.username = ''
  url.password = ''
  return url.href
}

async function followed(visit: Visit, url: string, by: Named, site: string, domains: string[]): Promise<Difference[]> {
  const { pathname, search, origin } = new URL(url)
  const path = `${pathname}${search}`
  const others = by.others === 0 ? '' : ` and ${by.others} other ${by.others === 1 ? 'page' : 'pages'}`
  const expected = {
    attribute: short(origin === new URL(site).origin ? path : url),
    expected: `a file, as ${short(by.page)}${others} ${by.others === 0 ? 'names' : 'name'} it`
  }
  const { differences } = await answered(
    visit,
    // Not every server answers to HEAD as it would to GET.
    (times) => follow(visit, url, domains, times === 1 ? 'HEAD' : 'GET'),
    expected,
    (reply) => (reply.status < 400 ? [] : [{ ...expected, actual: statusOf(reply) }])
  )
  return differences
}

/** As a browser does, so long as it stays with us. */
async function follow(visit: Visit, from: string, domains: string[], method: 'HEAD' | 'GET'): Promise<Reply> {
  let url = from
  for (let hops = 0; hops <= MOST_HOPS; hops++) {
    const reply = await visit.visitor.ask(url, visit.signal, { method })
    const [to] = reply.headers['location'] ?? []
    if (reply.status < 300 || reply.status > 399 || to === undefined || !URL.canParse(to, url)) return reply
    const next = ownAddress(new URL(to, url).href, visit, domains)
    if (next === null) return reply
    url = next
  }
  throw new NoAnswer(`more than ${MOST_HOPS} redirects, one after the other`)
}
