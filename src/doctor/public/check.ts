import type { Finding, LaneName } from '../../report/report.ts'
import { tenantDomains } from '../../tenant/certificate.ts'
import type { Host } from '../../tenant/host.ts'
import type { Tenant } from '../../tenant/schema.ts'
import type { Patience } from '../../visitor/patience.ts'
import type { Reply } from '../../visitor/reply.ts'
import { openVisitor } from '../../visitor/visitor.ts'
import { findingOf, type Found, type Visit } from './answer.ts'
import { checkAssets } from './assets.ts'
import { checkCertificates } from './certificates.ts'
import { checkCors } from './cors.ts'
import { checkHeaders } from './headers.ts'
import { checkLinks } from './links.ts'
import type { LiveRelease } from './live.ts'
import { askMain } from './main-answer.ts'
import { checkRedirects } from './redirects.ts'

export interface PublicSubject {
  host: Host
  tenant: Tenant
  /** What the host says is live, by lane; null where nothing is, or where the host could not be asked. */
  live: Record<LaneName, LiveRelease | null>
  signal: AbortSignal
}

/** How long doctor waits before it believes what it sees, in ms; also for one answer. */
export interface Manners {
  patience: Patience
  answerMs?: number
}

const MANNERS: Manners = { patience: { passing: [500, 1000, 2000], wrong: [500] } }

/**
 * What a visitor sees, asked from this machine through DNS, TCP, TLS and nginx; nothing is changed. A finding for each
 * address, in sync or not. What cannot be right because something before it is wrong is left out: a lane that gives no
 * answer is one finding, and so is one where something else answers.
 * @throws TenantError where the host's `ca_file` is of no use, and the signal's reason where that was given.
 */
export async function checkPublic(subject: PublicSubject, manners: Manners = MANNERS): Promise<Finding[]> {
  const { host, tenant, live, signal } = subject
  const { patience, ...answer } = manners
  // A bad certificate is a finding of its own, and only that.
  using visitor = openVisitor(host, { verify: false, ...answer })
  const visit: Visit = { visitor, host, tenant, patience, signal }
  const [app, marketing] = await Promise.all([
    mainOf(visit, 'app', live.app),
    mainOf(visit, 'marketing', live.marketing)
  ])
  const own = tenantDomains({ ...(app?.isOurs === true ? { app: tenant.app } : {}), marketing: tenant.marketing })
  const api = tenant.marketing?.widget?.api
  const findings: (Promise<Finding[]> | Promise<Finding>)[] = []
  if (app !== null) findings.push(laneFindings(visit, 'app', app, live.app))
  if (app?.isOurs === true && api !== undefined)
    findings.push(check(visit, 'app.public.cors', () => checkCors(visit, api)))
  if (marketing !== null) findings.push(laneFindings(visit, 'marketing', marketing, live.marketing))
  const site = live.marketing
  if (marketing?.isOurs === true && site !== null)
    findings.push(check(visit, 'marketing.public.links', () => checkLinks(visit, site.files, own)))
  return (await Promise.all(findings)).flat()
}

interface Main {
  finding: Finding
  /** Null where nothing answers. */
  reply: Reply | null
  /** Whether it is what should. */
  isOurs: boolean
}

/** Null where the tenant has no such lane. */
async function mainOf(visit: Visit, name: LaneName, live: LiveRelease | null): Promise<Main | null> {
  if (visit.tenant[name] === undefined) return null
  let reply: Reply | null = null
  const finding = await check(visit, `${name}.public.${name === 'app' ? 'health' : 'page'}`, async () => {
    const found = await askMain(visit, name, live)
    reply = found.reply
    return found
  })
  return { finding, reply, isOurs: finding.verdict === 'in-sync' }
}

async function laneFindings(visit: Visit, name: LaneName, main: Main, live: LiveRelease | null): Promise<Finding[]> {
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
async function check(visit: Visit, address: string, look: () => Promise<Found>): Promise<Finding> {
  try {
    return findingOf(address, await look())
  } catch (thrown) {
    visit.signal.throwIfAborted()
    const cause = thrown instanceof Error ? thrown.message : String(thrown)
    return { address, verdict: 'unknown', differences: [], cause }
  }
}
