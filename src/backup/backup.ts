import { resolve } from 'node:path'
import { failureOf } from '../deploy/failure.ts'
import type { Shipment } from '../deploy/shipment.ts'
import { Steps } from '../deploy/steps.ts'
import { asTenantError, TenantError } from '../errors.ts'
import { mustExecute, tail } from '../remote/execute.ts'
import type { BackupLine, BackupReport } from '../report/report.ts'
import { ownPassword } from '../resources/isolation/database-request.ts'
import { advice } from './advice.ts'
import { backupId, backupTime } from './backup-id.ts'
import { CONNECT, connection, LONG_MS } from './client.ts'
import { readBackups } from './backups.ts'
import { keepCopy, mustBeFree } from './local-file.ts'
import { expired } from './retention.ts'
import { readSidecar } from './sidecar.ts'

const PRUNE_MS = 10 * 60_000

/** The sidecar comes last: it makes the dump a backup. Whatever ends this before leaves nothing. */
const DUMP = `mkdir -p -m 700 -- "$1"
${CONNECT}
id=$1 database=$2
unfinished="$id.dump.partial $id.json.partial $id.list.partial $id.dump"
trap 'rm -f -- $unfinished' EXIT
trap 'exit 143' HUP INT TERM
pg_dump --format=custom --no-password --lock-wait-timeout=60000 --dbname="$database" --file="$id.dump.partial"
pg_restore --list "$id.dump.partial" >"$id.list.partial"
server=$(sed -n 's/^; *Dumped from database version: \\([0-9A-Za-z.]*\\).*/\\1/p' "$id.list.partial")
bytes=$(stat -c %s -- "$id.dump.partial")
sha256=$(sha256sum <"$id.dump.partial")
printf '%s,"bytes":%s,"sha256":"%s","server":"%s"}\\n' "$3" "$bytes" "\${sha256%% *}" "$server" >"$id.json.partial"
sync -- "$id.dump.partial" "$id.json.partial"
mv -f -- "$id.dump.partial" "$id.dump"
mv -f -- "$id.json.partial" "$id.json"
unfinished=$id.list.partial
sync -- .
cat -- "$id.json"`

/** Of a removed backup the sidecar goes first. What a run that was cut off left behind is given a day. */
const PRUNE = `cd -- "$1"
shift
for id in "$@"; do rm -f -- "$id.json" && rm -f -- "$id.dump"; done
find . -maxdepth 1 -type f '(' -name '*.partial' -o -name '.restore-*' ')' -mmin +1440 -exec rm -f -- '{}' +
for file in [0-9]*T[0-9]*Z-*.dump [0-9]*T[0-9]*Z-*.json; do
  name=\${file%.*}
  if [ -e "$name.dump" ] && [ -e "$name.json" ]; then continue; fi
  find "./$file" -maxdepth 0 -type f -mmin +1440 -exec rm -f -- '{}' + 2>/dev/null || :
done`

/** Backs the tenant's database up. It does not throw: what goes wrong is in the report. */
export async function backupDatabase(
  shipment: Shipment,
  { output }: { output: string | null }
): Promise<{ report: BackupReport; error: TenantError | null }> {
  const steps = new Steps('backup', shipment.tell, shipment.signal)
  const report: BackupReport = { steps: steps.list, made: null, path: null, copy: null, removed: [], failure: null }
  shipment.tell({ kind: 'lane', lane: 'backup' })
  try {
    await backUp(shipment, steps, report, output === null ? null : resolve(output))
    return { report, error: null }
  } catch (thrown) {
    const error = asTenantError(thrown)
    report.failure = failureOf(error, steps.current)
    return { report, error }
  }
}

async function backUp(shipment: Shipment, steps: Steps, report: BackupReport, output: string | null): Promise<void> {
  const { layout, remote, tenant } = shipment
  const database = databaseOf(shipment)
  const before = await steps.step('check', async () => {
    if (output !== null) await mustBeFree(output)
    return readBackups(shipment)
  })
  const made = await steps.step('dump', () => {
    const known = [...before.lines, ...before.damaged].map(({ id }) => id)
    return dump(shipment, database, backupId(database, known))
  })
  report.made = made
  report.path = `${layout.backups}/${made.id}.dump`
  await steps.step('prune', async (note) => {
    const { lines } = await readBackups(shipment)
    const removed = expired(lines, tenant.backups)
    await mustExecute(
      remote,
      { script: PRUNE, args: [layout.backups, ...removed] },
      { as: layout.account, step: 'remove the backups that are too old or too many', deadlineMs: PRUNE_MS }
    )
    report.removed = removed
    note(`${lines.length - removed.length} kept`, removed.length === 0 ? 'unchanged' : 'done')
  })
  if (output === null) return
  await steps.step('copy', async (note) => {
    await keepCopy(output, made.sha256, (file) =>
      mustExecute(
        remote,
        { script: 'cat -- "$1"', args: [report.path!] },
        { as: layout.account, step: 'copy the backup', deadlineMs: LONG_MS, output: file, interruptible: true }
      )
    )
    report.copy = output
    note(`to ${output}`)
  })
}

async function dump(shipment: Shipment, database: string, id: string): Promise<BackupLine> {
  const { identity, layout, remote, tenant } = shipment
  const at = new Date(backupTime(id)).toISOString()
  // The host puts the rest behind it, which only it knows.
  const begun = JSON.stringify({ id, at, by: identity.by, database }).slice(0, -1)
  const { code, stdout, stderr } = await remote.execute(
    {
      script: DUMP,
      args: [...connection(shipment), id, database, begun],
      needs: ['pg_dump', 'pg_restore', 'sha256sum']
    },
    { as: layout.account, step: 'dump the database', deadlineMs: LONG_MS, interruptible: true }
  )
  const log = tail(stderr)
  if (code !== 0)
    throw new TenantError('backup', `the database ${database} could not be dumped`, {
      where: `${layout.backups} on ${remote.name}`,
      remedy: `${advice(log, tenant.name)}; nothing half done was left`,
      log
    })
  const read = readSidecar({ id, bytes: sizeIn(stdout), text: stdout })
  if ('line' in read) return read.line
  throw new TenantError('host-answer', `the host does not say what it made: ${read.damage}`, {
    where: `${layout.backups}/${id}.json on ${remote.name}`,
    remedy: 'look at what the programs of the host print',
    log: tail(stdout)
  })
}

/** The size is the host's own word here; a listing compares the two. */
function sizeIn(sidecar: string): number | null {
  const bytes = /"bytes":(\d+)/.exec(sidecar)?.[1]
  return bytes === undefined ? null : Number(bytes)
}

/** @throws TenantError where the tenant has no database, or nobody gave us its password. */
export function databaseOf(shipment: Shipment): string {
  const { tenant } = shipment
  if (tenant.database === undefined)
    throw new TenantError('usage', `the tenant ${tenant.name} has no database`, {
      where: `tenants/${tenant.name}/tenant.yml`,
      remedy: 'name a tenant with a database, or add `database` to this one'
    })
  ownPassword(shipment)
  return tenant.database.name
}
