import { TenantError } from '../errors.ts'
import type { LaneName } from '../report/report.ts'
import type { Host } from './host.ts'
import type { Tenant } from './schema.ts'

export interface LaneLayout {
  root: string
  /** The link to the release that is live. */
  current: string
  releases: string
  release(id: string): string
  /** What outlives releases. */
  shared: string
}

/**
 * The folder of the records of what shipped, with a folder for each tenant: the account that deploys owns them, and no
 * tenant's account can write there.
 */
export const RECORDS = '/var/lib/tenant-deploy/records'

/** Records of what shipped: they decide what a rollback serves, so they lie where no tenant can write. */
export interface Records {
  root: string
  /** JSON lines: what was shipped, by whom, from which commit. */
  log: string
  lane(lane: LaneName): {
    /** Holds `releases/ID/` for each release that was published. */
    root: string
    /** What the release said of itself when it was published. */
    record(id: string): string
    /** The nginx site that it was published with. */
    site(id: string): string
  }
}

/** Where everything of one tenant stands on its host. */
export interface Layout {
  /** The tenant's Unix account. */
  account: string
  root: string
  lock: string
  /** What was shipped, which the account that deploys writes and the tenant's account only reads. */
  records: Records
  pm2Home: string
  /** Dumps of the database, for the tenant's account alone. */
  backups: string
  lane(lane: LaneName): LaneLayout
  /** The file of the lane's nginx site. */
  site(lane: LaneName): string
  processName(release: string): string
  /** Folder of what the processes of the app's releases printed. */
  logs: string
  logFiles(release: string): { out: string; error: string }
  /** What nginx notes of the lane's visitors, and of its own trouble with them. */
  siteLogs(lane: LaneName): { access: string; error: string }
  /** Built files of the app that stay reachable from one release to the next. */
  staticFolder: string
  /** Folder in each release for what this program notes there; relative, as the three below are. */
  meta: string
  /** What the release says of itself. */
  record: string
  /** The nginx site that it was published with. */
  siteRecord: string
  /** The app's release listens on the second of the tenant's ports where this file is there. */
  marker: string
}

/** What the name of each tenant's account begins with. */
export const ACCOUNT_PREFIX = 'tenant-'

/** The time at which the release was made, to the second, and its commit. No two of one lane share a second, so ids sort by time. */
export const RELEASE_ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(?:[0-9a-f]{7}|local)$/

export function releaseId(date: Date, commit: string | null): string {
  const time = date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '')
  const id = `${time}-${commit === null ? 'local' : commit.slice(0, 7)}`
  if (!RELEASE_ID.test(id))
    throw new TenantError('internal', `no release id can be made of commit ${JSON.stringify(commit)}`)
  return id
}

/** When a release was made, in ms since the epoch; 0 for what is not the id of one. */
export function releaseTime(id: string): number {
  return Date.parse(RELEASE_ID.test(id) ? id.replace(RELEASE_ID, '$1-$2-$3T$4:$5:$6Z') : '') || 0
}

export function layout(host: Pick<Host, 'root' | 'nginx'>, tenant: Pick<Tenant, 'name'>): Layout {
  const root = `${host.root}/${tenant.name}`
  const lane = (name: LaneName): LaneLayout => ({
    root: `${root}/${name}`,
    current: `${root}/${name}/current`,
    releases: `${root}/${name}/releases`,
    release: (id) => `${root}/${name}/releases/${known(id)}`,
    shared: `${root}/${name}/shared`
  })
  const { shared } = lane('app')
  const records = `${RECORDS}/${tenant.name}`
  const logs = `${shared}/log`
  return {
    account: `${ACCOUNT_PREFIX}${tenant.name}`,
    root,
    lock: `${root}/lock`,
    records: {
      root: records,
      log: `${records}/log`,
      lane: (name) => ({
        root: `${records}/${name}`,
        record: (id) => `${records}/${name}/releases/${known(id)}/release.json`,
        site: (id) => `${records}/${name}/releases/${known(id)}/site.conf`
      })
    },
    pm2Home: `${root}/pm2`,
    backups: `${root}/backups`,
    lane,
    site: (name) => `${host.nginx.sites}/${tenant.name}-${name}.conf`,
    processName: (release) => `${tenant.name}-${known(release)}`,
    logs,
    logFiles: (release) => ({
      out: `${logs}/${known(release)}.out.log`,
      error: `${logs}/${known(release)}.error.log`
    }),
    siteLogs: (name) => ({
      access: `${host.nginx.logs}/${tenant.name}-${name}.access.log`,
      error: `${host.nginx.logs}/${tenant.name}-${name}.error.log`
    }),
    staticFolder: `${shared}/static`,
    meta: '.tenant',
    record: '.tenant/release.json',
    siteRecord: '.tenant/site.conf',
    marker: '.tenant/upstream-b'
  }
}

/** Ids also come from folder names on the host and from its log; no path is made of one that we would not have made. */
function known(id: string): string {
  if (RELEASE_ID.test(id)) return id
  throw new TenantError('host-answer', `${JSON.stringify(id)} is not the id of a release`, {
    remedy: 'remove what carries this name from the releases folder on the host, or from its log'
  })
}
