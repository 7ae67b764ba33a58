import { plan } from '../resources/converge.ts'
import type { Inspection } from '../resources/inspect.ts'
import type { Managed } from '../resources/resource.ts'
import type { Finding } from '../report/report.ts'

/** What repairs a thing that provision makes: provision, or a person where no command can. */
export function provisionRemedy(seen: Inspection, resource: Managed, tenant: string): string {
  const { verdict } = seen.finding(resource)
  if (verdict === 'unknown') return lookAgain(tenant)
  const told = plan(seen, resource)?.told
  return told === undefined || told.actions.length > 0 || told.remedy === undefined
    ? `tenant provision ${tenant}`
    : told.remedy
}

/** What repairs a thing that a lane ships. */
export function laneRemedy({ address, verdict, differences }: Finding, tenant: string): string {
  if (verdict === 'unknown') return lookAgain(tenant)
  const [lane = ''] = address.split('.')
  const has = (attribute: string) => differences.some((difference) => difference.attribute === attribute)
  if (address === 'app.process' && has('restarts'))
    return `tenant logs ${tenant} --lane app (it says why the app ends; tenant rollback ${tenant} app returns to the release before)`
  // The live app has none to stage.
  if (address === 'marketing.widget' && differences.some(({ actual }) => actual === 'missing'))
    return `tenant deploy ${tenant} all`
  if (address === 'app.migrations' && differences.some(({ actual }) => actual !== 'pending')) return MIGRATIONS
  return `tenant deploy ${tenant} ${lane}`
}

const MIGRATIONS =
  'put each file back as it was when it was applied, and write what is new into a new migration; what is applied and has no file needs its file back, or its row taken out of public.tenant_migrations'

/** What a visitor sees and the host does not explain is between the two. */
export function publicRemedy({ address, verdict }: Finding, tenant: string): string {
  if (verdict === 'unknown') return lookAgain(tenant)
  const what = address.split('.').at(-1)!
  return PUBLIC[what] ?? PUBLIC['page']!
}

const PUBLIC: Record<string, string> = {
  page: 'on the host all is as it should be: look where the domain points (DNS), and at what stands between (a proxy, a firewall, another server)',
  redirects: 'look where each of these domains points (DNS), and which other site on the host answers for them',
  certificate:
    'on the host all is as it should be: look at what ends TLS for this domain before it (a proxy, another site), and reload nginx',
  headers:
    'look at what stands between (a proxy that takes headers away or adds some), and at what the app itself sends',
  cors: "correct what the app lets the marketing site's pages do (its environment names their origin), and deploy it",
  assets: 'look at what stands between (a cache that keeps an older file), or correct `assets` in the manifest',
  links: 'correct the pages that name them, or put the files back, and deploy the marketing site'
}

/** What visitors see wrong may have its cause on a host that nobody could look at. */
export function lookAtHostFirst(tenant: string): string {
  return `put right what keeps doctor from its host, then: tenant doctor ${tenant}`
}

export function lookAgain(tenant: string): string {
  return `put right what it says, then: tenant doctor ${tenant}`
}
