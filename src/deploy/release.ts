import { TenantError } from '../errors.ts'
import type { LogLine, ReleasesFact, Tree } from '../facts/facts.ts'
import { settled } from '../facts/settled.ts'
import { mustExecute } from '../remote/execute.ts'
import type { ReleaseRecord } from '../resources/record.ts'
import type { LaneName, ReleaseLine } from '../report/report.ts'
import { releaseId, releaseTime } from '../tenant/layout.ts'
import { removeRecords } from './records.ts'
import type { Shipment } from './shipment.ts'

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
 * @param staging the copy of the source on this machine, which is made meanwhile
 */
export async function beginRelease(
  shipment: Shipment,
  lane: LaneName,
  id: string,
  live: Tree,
  staging: Promise<unknown>
): Promise<void> {
  const { layout, remote } = shipment
  const { current, release } = layout.lane(lane)
  const begun = mustExecute(
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
  // Where one fails, the other has ended as well before anything is taken back.
  await settled([begun, staging])
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
  await removeRecords(shipment, lane, ids)
}
