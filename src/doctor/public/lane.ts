import type { Finding, LaneName } from '../../report/report.ts'
import type { Reply } from '../../visitor/reply.ts'
import { findingOf, type Found, type Visit } from './answer.ts'
import { checkAssets } from './assets.ts'
import { checkCertificates } from './certificates.ts'
import { checkHeaders } from './headers.ts'
import type { LiveRelease } from './live.ts'
import { askMain } from './main-answer.ts'
import { checkRedirects } from './redirects.ts'

export interface Main {
  finding: Finding
  /** Null where nothing answers. */
  reply: Reply | null
  /** Whether it is what should. */
  isOurs: boolean
}

/** Null where the tenant has no such lane. */
export async function mainOf(visit: Visit, name: LaneName, live: LiveRelease | null): Promise<Main | null> {
  if (visit.tenant[name] === undefined) return null
  let reply: Reply | null = null
  const finding = await check(visit, `${name}.public.${name === 'app' ? 'health' : 'page'}`, async () => {
    const found = await askMain(visit, name, live)
    reply = found.reply
    return found
  })
  return { finding, reply, isOurs: finding.verdict === 'in-sync' }
}

export async function laneFindings(
  visit: Visit,
  name: LaneName,
  main: Main,
  live: LiveRelease | null
): Promise<Finding[]> {
  const { reply } = main
  if (reply === null) return [main.finding]
  const more: (Promise<Finding[]> | Promise<Finding>)[] = [ways(visit, name)]
  if (main.isOurs) {
    more.push(check(visit, `${name}.public.headers`, () => checkHeaders(visit, name, reply)))
    if (visit.tenant[name]!.assets.length > 0)
      more.push(check(visit, `${name}.public.assets`, () => checkAssets(visit, name, live)))
  }
  return [main.finding, ...(await Promise.all(more)).flat()]
}

/** A domain that gives no answer is told among the redirects, and has no certificate to look at. */
async function ways(visit: Visit, name: LaneName): Promise<Finding[]> {
  const { domain, redirects } = visit.tenant[name]!
  let silent = new Set<string>()
  const sent = await check(visit, `${name}.public.redirects`, async () => {
    const found = await checkRedirects(visit, name)
    silent = found.silent
    return found
  })
  const shown = [domain, ...redirects].filter((one) => !silent.has(one))
  return [sent, await check(visit, `${name}.public.certificate`, () => checkCertificates(visit, shown))]
}

/** A check that breaks is not known to be fine, and the others go on. */
export async function check(visit: Visit, address: string, look: () => Promise<Found>): Promise<Finding> {
  try {
    return findingOf(address, await look())
  } catch (thrown) {
    visit.signal.throwIfAborted()
    const cause = thrown instanceof Error ? thrown.message : String(thrown)
    return { address, verdict: 'unknown', differences: [], cause }
  }
}
