import type { Finding, LaneName } from '../../report/report.ts'
import { tenantDomains } from '../../tenant/certificate.ts'
import type { Host } from '../../tenant/host.ts'
import type { Tenant } from '../../tenant/schema.ts'
import type { Patience } from '../../visitor/patience.ts'
import { rehearsed } from '../../visitor/rehearsal.ts'
import { openVisitor } from '../../visitor/visitor.ts'
import type { Visit } from './answer.ts'
import { checkCors } from './cors.ts'
import { checkLinks } from './links.ts'
import type { LiveRelease } from './live.ts'
import { check, laneFindings, mainOf } from './lane.ts'

export interface PublicSubject {
  host: Host
  tenant: Tenant
  signal: AbortSignal
}

/** What a visitor sees of one tenant, asked from this machine through DNS, TCP, TLS and nginx; nothing is changed. */
export interface PublicCheck extends Disposable {
  /**
   * Asks what `judge` will ask, so that it can be done while the host is looked at. An answer that is not as it should be
   * is asked for again in `judge`.
   * @param guess what may be live
   * @throws the signal's reason
   */
  rehearse(guess: Live): Promise<void>
  /**
   * A finding for each address, in sync or not. What cannot be right because something before it is wrong is left out: a
   * lane that gives no answer is one finding, and so is one where something else answers.
   * @param live what the host says is live, by lane; null where nothing is, or where the host could not be asked
   * @throws the signal's reason
   */
  judge(live: Live): Promise<Finding[]>
}

export type Live = Record<LaneName, LiveRelease | null>

/** How long doctor waits before it believes what it sees, in ms; also for one answer. */
export interface Manners {
  patience: Patience
  answerMs?: number
}

const MANNERS: Manners = { patience: { passing: [500, 1000, 2000], wrong: [500] } }

const NO_PATIENCE: Patience = { passing: [], wrong: [] }

/** @throws TenantError where the host's `ca_file` is of no use. */
export function openPublicCheck({ host, tenant, signal }: PublicSubject, manners: Manners = MANNERS): PublicCheck {
  const { patience, ...answer } = manners
  // A bad certificate is a finding of its own, and only that.
  const visitor = openVisitor(host, { verify: false, ...answer })
  const { beforehand, afterwards } = rehearsed(visitor)
  return {
    async rehearse(guess) {
      await judge({ visitor: beforehand, host, tenant, patience: NO_PATIENCE, signal }, guess)
      // Of many tenants there would be many open connections, and nginx has few.
      visitor.hangUp()
    },
    judge: (live) => judge({ visitor: afterwards, host, tenant, patience, signal }, live),
    [Symbol.dispose]: () => visitor[Symbol.dispose]()
  }
}

async function judge(visit: Visit, live: Live): Promise<Finding[]> {
  const { tenant } = visit
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
