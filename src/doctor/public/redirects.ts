import type { Difference, LaneName } from '../../report/report.ts'
import { siteUrl } from '../../resources/site-view.ts'
import { answered, statusOf, type Found, type Visit } from './answer.ts'

/** Both must arrive where the visitor is sent. */
const ASKED = '/tenant/doctor?asked=redirect'

export interface Redirects extends Found {
  /** Domains that answer nothing over HTTPS. */
  silent: Set<string>
}

/** Whoever comes over HTTP, or by another domain of the lane, is sent to its main one for good, with path and query. */
export async function checkRedirects(visit: Visit, lane: LaneName): Promise<Redirects> {
  const { domain, redirects } = visit.tenant[lane]!
  const target = new URL(ASKED, siteUrl(visit.host, domain)).href
  const silent = new Set<string>()
  const found = await Promise.all(
    [domain, ...redirects].map(async (from) => {
      const [plain, secure] = await Promise.all([
        sent(visit, 'http', from, target),
        ...(from === domain ? [] : [sent(visit, 'https', from, target)])
      ])
      if (secure?.reply === null) silent.add(from)
      return perDomain(from, plain!.differences, secure?.differences ?? [])
    })
  )
  return { differences: found.flat(), silent }
}

async function sent(visit: Visit, scheme: 'http' | 'https', from: string, target: string) {
  const { http_port, https_port } = visit.host
  const url = new URL(ASKED, `${scheme}://${from}:${scheme === 'http' ? http_port : https_port}`).href
  const expected = { attribute: `${scheme}://${from}`, expected: `301 or 308 to ${target}` }
  return answered(
    visit,
    () => visit.visitor.ask(url, visit.signal),
    expected,
    (reply) => {
      const to = reply.headers['location'] ?? []
      const isRight = (reply.status === 301 || reply.status === 308) && to.length === 1 && to[0] === target
      return isRight ? [] : [{ ...expected, actual: statusOf(reply) }]
    }
  )
}

/** What is wrong with a domain in the same way over both is wrong once: it is not in DNS, say. */
function perDomain(domain: string, plain: Difference[], secure: Difference[]): Difference[] {
  const [one, other] = [plain[0], secure[0]]
  if (one === undefined || other === undefined || one.actual !== other.actual) return [...plain, ...secure]
  return [{ ...one, attribute: domain }]
}
