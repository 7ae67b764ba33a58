import { posix } from 'node:path'
import { TenantError } from '../errors.ts'
import type { LogLine, ReleasesFact, Tree } from '../facts/facts.ts'
import { mustExecute } from '../remote/execute.ts'
import type { ReleaseRecord } from '../resources/record.ts'
import type { LaneName, ReleaseLine } from '../report/report.ts'
import { releaseId, releaseTime } from '../tenant/layout.ts'
import { onRecord } from './releases.ts'
import { keeper, type Shipment } from './shipment.ts'

const STEP_MS = 60_000
const COPY_MS = 10 * 60_000

/** How many releases stay on the host. */
const KEPT = 5

/**
 * A name for a new release that sorts behind the names of all before it, also within one second, and where the
 * clock of the machine that made the last one was ahead of ours.
 */
export function newReleaseId(commit: string | null, known: ReleasesFact, now = new Date()): string {
  const times = [...known.present, ...known.log.map(({ release }) => release)].map(releaseTime)
  const second = Math.floor(now.getTime() / 1000) * 1000
  return releaseId(new Date(times.reduce((at, time) => Math.max(at, time + 1000), second)), commit)
}

/**
 * Makes the new release's folder and fills it with what is live, so that the sync that follows itemises just
 * the difference. It copies and never links: an edit in one release must not reach another. nginx serves the files of
 * a marketing release; an app's are closed to it.
 */
export async function beginRelease(shipment: Shipment, lane: LaneName, id: string, live: Tree): Promise<void> {
  const { layout, remote } = shipment
  const { current, release } = layout.lane(lane)
  await mustExecute(
    remote,
    {
      script: `umask 022
mkdir -p -- "$(dirname -- "$1")"
umask ${lane === 'app' ? '027' : '022'}
mkdir -- "$1" "$1/${layout.meta}"
if [ -e "$2" ]; then rsync --archive ${lane === 'app' ? '--chmod=o-rwx ' : ''}--from0 --files-from=- -- "$2/" "$1/"; fi`,
      args: [release(id), current],
      needs: ['rsync']
    },
    {
      as: layout.account,
      step: 'begin the release',
      deadlineMs: COPY_MS,
      input: Object.keys(live)
        .map((path) => `./${path}\0`)
        .join('')
    }
  )
}

export async function writeRecord(
  shipment: Shipment,
  lane: LaneName,
  record: ReleaseRecord,
  site: string
): Promise<void> {
  const folder = shipment.layout.lane(lane).release(record.id)
  await writeFile(shipment, `${folder}/${shipment.layout.record}`, `${JSON.stringify(record)}\n`)
  await writeFile(shipment, `${folder}/${shipment.layout.siteRecord}`, site)
}

/**
 * Records, where the tenant's account cannot write, what is about to be published: what the release says of itself, and the
 * site as its file holds it on the host. A rollback goes by nothing else.
 */
export async function keepRecord(shipment: Shipment, lane: LaneName, record: ReleaseRecord): Promise<void> {
  const { layout, remote } = shipment
  const { record: path, site } = layout.records.lane(lane)
  await mustExecute(
    remote,
    {
      script: `umask 022
mkdir -p -- "\${1%/*}"
cp -- "$3" "$2.new"
mv -f -- "$2.new" "$2"
cat >"$1.new"
mv -f -- "$1.new" "$1"`,
      args: [path(record.id), site(record.id), layout.site(lane)]
    },
    { as: keeper(shipment), step: 'record the release', deadlineMs: STEP_MS, input: `${JSON.stringify(record)}\n` }
  )
}

/** The live release is served with another site from now on, and a rollback to it brings that one back. */
export async function keepSite(shipment: Shipment, lane: LaneName, id: string): Promise<void> {
  const { layout, remote } = shipment
  await mustExecute(
    remote,
    {
      // A release that is not on record, as one of an older version of this program, is none to return to.
      script: `umask 022
[ -e "\${1%/*}/release.json" ] || exit 0
cp -- "$2" "$1.new"
mv -f -- "$1.new" "$1"`,
      args: [layout.records.lane(lane).site(id), layout.site(lane)]
    },
    { as: keeper(shipment), step: 'record the site', deadlineMs: STEP_MS }
  )
}

/**
 * Writes a file as the tenant's account, whole or not at all; the text goes over standard input. Only what the marketing
 * lane holds is readable for nginx.
 */
export async function writeFile(shipment: Shipment, path: string, text: string | Buffer, mode?: '0600'): Promise<void> {
  const isServed = path.startsWith(`${shipment.layout.lane('marketing').root}/`)
  await mustExecute(
    shipment.remote,
    {
      script: `umask ${isServed ? '022' : '027'}\nmkdir -p -- "$(dirname -- "$1")"\numask 077\ncat >"$1.new"\nchmod -- "$2" "$1.new"\nmv -f -- "$1.new" "$1"`,
      args: [path, mode ?? (isServed ? '0644' : '0640')]
    },
    { as: shipment.layout.account, step: `write ${path}`, deadlineMs: STEP_MS, input: text }
  )
}

/** Appends to the log of what was shipped to the tenant, by whom, from which commit. */
export async function logEvent(
  shipment: Shipment,
  lane: LaneName,
  release: string,
  event: LogLine['event'],
  note?: string
): Promise<void> {
  const line: LogLine = {
    at: new Date().toISOString(),
    lane,
    release,
    event,
    ...shipment.identity,
    ...(note === undefined ? {} : { note })
  }
  await mustExecute(
    shipment.remote,
    { script: `umask 022\nprintf '%s\\n' "$2" >>"$1"`, args: [shipment.layout.records.log, JSON.stringify(line)] },
    { as: keeper(shipment), step: 'write the log of releases', deadlineMs: STEP_MS }
  )
}

/**
 * A run that was cut off right after its rename has not noted that the release is live; whoever finds it so does, where
 * that run has put it on record.
 */
export async function confirmPublished(shipment: Shipment, lane: LaneName, fact: ReleasesFact): Promise<void> {
  const { current } = fact
  if (current === null || fact.log.some(({ release, event }) => release === current && event === 'published')) return
  if (!(await onRecord(shipment, lane)).present.includes(current)) return
  await logEvent(shipment, lane, current, 'published')
}

/** Points `current` to a release by one rename(2), or takes it away where there was none before. */
export async function pointCurrent(shipment: Shipment, lane: LaneName, id: string | null): Promise<void> {
  const { root } = shipment.layout.lane(lane)
  await mustExecute(
    shipment.remote,
    id === null
      ? { script: 'rm -f -- "$1/current"', args: [root] }
      : {
          script: `ln -sfn -- "releases/$2" "$1/.current.new"\nmv -T -- "$1/.current.new" "$1/current"`,
          args: [root, id]
        },
    { as: shipment.layout.account, step: 'publish', deadlineMs: STEP_MS }
  )
}

/** What each release is, newest first, by the folders that are there and the log. */
export function releaseLines(lane: LaneName, fact: ReleasesFact): ReleaseLine[] {
  return [...fact.present]
    .sort()
    .reverse()
    .map((id) => {
      const events = fact.log.filter(({ release }) => release === id)
      return {
        lane,
        id,
        state: id === fact.current ? 'live' : stateOf(events),
        at: events[0]?.at ?? '',
        by: events[0]?.by ?? '',
        commit: events[0]?.commit ?? null,
        run: events[0]?.run ?? null
      }
    })
}

function stateOf(events: readonly LogLine[]): ReleaseLine['state'] {
  const last = events.at(-1)?.event
  if (last === 'failed') return 'failed'
  if (last === 'rolled-back') return 'rolled back'
  // Before it was published nobody saw whether it serves, however healthy its process was.
  return events.some(({ event }) => event === 'published') ? 'healthy' : 'incomplete'
}

/** The release that a rollback returns to: the last healthy one before the live one. */
export function rollbackTarget(lane: LaneName, fact: ReleasesFact): string {
  const { current } = fact
  if (current === null)
    throw new TenantError('no-release', `nothing is live in the ${lane} lane`, { remedy: 'deploy first' })
  const target = releaseLines(lane, fact).find(({ id, state }) => id < current && state === 'healthy')
  if (target === undefined) {
    throw new TenantError('no-release', `there is no healthy ${lane} release before ${current}`, {
      remedy: 'see tenant releases; to go further back, revert the commit and deploy'
    })
  }
  return target.id
}

/** Releases beyond the last five; the live one and the healthy one before it always stay. */
export function prunable(lane: LaneName, fact: ReleasesFact): string[] {
  const lines = releaseLines(lane, fact)
  const previous = lines.find(({ id, state }) => fact.current !== null && id < fact.current && state === 'healthy')
  return lines
    .slice(KEPT)
    .map(({ id }) => id)
    .filter((id) => id !== fact.current && id !== previous?.id)
}

export async function removeReleases(shipment: Shipment, lane: LaneName, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const { layout } = shipment
  const paths = ids.map((id) => layout.lane(lane).release(id))
  const logs = lane === 'app' ? ids.flatMap((id) => Object.values(layout.logFiles(id))) : []
  await mustExecute(
    shipment.remote,
    { words: ['rm', '-rf', '--', ...paths, ...logs] },
    { as: layout.account, step: 'remove old releases', deadlineMs: COPY_MS }
  )
  const records = ids.map((id) => posix.dirname(layout.records.lane(lane).record(id)))
  await mustExecute(
    shipment.remote,
    { words: ['rm', '-rf', '--', ...records] },
    { as: keeper(shipment), step: 'remove the records of old releases', deadlineMs: STEP_MS }
  )
}
