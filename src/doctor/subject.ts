import type { Tree } from '../facts/facts.ts'
import { desiredApp, desiredMarketing, type Desire } from '../resources/desired-state.ts'
import { desiredIsolation, type Isolation } from '../resources/isolation.ts'
import type { Migration } from '../resources/migrations.ts'
import type { LockRequest } from '../facts/requests.ts'
import { IN_SYNC, type Managed, type Resource } from '../resources/resource.ts'
import { absentSecrets } from '../resources/secrets.ts'
import type { LaneName } from '../report/report.ts'
import { layout as layoutOf, type Layout } from '../tenant/layout.ts'
import { shippedSiteResource } from './shipped.ts'

/** What a lane would ship if it shipped now. */
export interface Shipping {
  /** Null where that can't be told without building it, or where it could not be read. */
  tree: Tree | null
  migrations: readonly Migration[]
  /** What stands for a source that is not compared file by file. */
  mark: string | null
  /** Why it could not be read; null where it was. */
  cause: string | null
}

/** A tenant, and all that it is compared with. */
export interface Subject {
  desire: Desire
  layout: Layout
  isolation: Isolation
  app: (ReturnType<typeof desiredApp> & Lane) | null
  marketing: (ReturnType<typeof desiredMarketing> & Lane) | null
  lock: Resource<{ lock: LockRequest }>
  /** Secrets that were not handed over: what is made of them is not compared. */
  absent: string[]
}

interface Lane {
  shipping: Shipping
  shippedSite: ReturnType<typeof shippedSiteResource>
}

export function subjectOf(desire: Desire, shipping: Record<LaneName, Shipping | null>): Subject {
  const { host, tenant } = desire
  const layout = layoutOf(host, tenant)
  const absent = [...absentSecrets(desire), ...absentAdministrator(desire)]
  // Without these nothing can be asked about the database, neither as its administrator nor as the app.
  const passwords = [tenant.database?.password, administratorSecret(desire)]
  const knowsPassword = !absent.some((name) => passwords.includes(name))
  const lane = (name: LaneName, shipping: Shipping) => ({ shipping, shippedSite: shippedSiteResource(layout, name) })
  return {
    desire,
    layout,
    isolation: desiredIsolation(desire, knowsPassword ? ['app', 'marketing'] : ['marketing']),
    app:
      shipping.app === null
        ? null
        : { ...desiredApp(desire, shipping.app.tree, shipping.app.migrations), ...lane('app', shipping.app) },
    marketing:
      shipping.marketing === null
        ? null
        : { ...desiredMarketing(desire, shipping.marketing.tree), ...lane('marketing', shipping.marketing) },
    lock: { address: 'lock', requests: { lock: { kind: 'lock', path: layout.lock } }, compare: () => IN_SYNC },
    absent
  }
}

function administratorSecret({ host: { postgres } }: Desire): string | undefined {
  return typeof postgres.administrator === 'string' ? undefined : postgres.administrator.password
}

function absentAdministrator(desire: Desire): string[] {
  const name = administratorSecret(desire)
  return desire.tenant.app === undefined || name === undefined || (desire.secrets[name] ?? '') !== '' ? [] : [name]
}

/** What root sees of it. */
export function rootResources(subject: Subject): Resource[] {
  return [...managedResources(subject), ...siteResources(subject)]
}

/** What provision makes, in its order. */
export function managedResources({ isolation: { foundation, own, issued } }: Subject): Managed[] {
  return [...foundation, ...own, issued]
}

export function siteResources({ app, marketing }: Subject): Resource[] {
  return [app, marketing].flatMap((lane) => (lane === null ? [] : [lane.site as unknown as Resource]))
}

/** What lies in its folder, and is looked at as its account. */
export function ownResources(subject: Subject): Resource[] {
  const { app, marketing, lock, absent } = subject
  const lanes = [
    lock,
    ...(app === null
      ? []
      : [
          app.release,
          app.files,
          app.process,
          app.shippedSite,
          ...(absent.length === 0 ? [app.environment, app.migrations] : [])
        ]),
    ...(marketing === null ? [] : [marketing.release, marketing.files, marketing.shippedSite])
  ]
  return lanes as unknown as Resource[]
}
