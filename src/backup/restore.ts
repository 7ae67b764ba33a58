import { createReadStream } from 'node:fs'
import { failureOf } from '../deploy/failure.ts'
import type { Shipment } from '../deploy/shipment.ts'
import { Steps } from '../deploy/steps.ts'
import { asTenantError, TenantError } from '../errors.ts'
import { mustExecute, tail } from '../remote/execute.ts'
import type { RestoreReport } from '../report/report.ts'
import { advice } from './advice.ts'
import { choose, type Chosen } from './choose.ts'
import { CONNECT, connection, LONG_MS } from './client.ts'
import { entriesOf, readContents, type Contents } from './contents.ts'
import { databaseOf } from './backup.ts'
import { createFresh, dropFresh, mustBeProvisioned, swap } from './swap.ts'
import { databasesOf, type Databases } from './swap-sql.ts'
import { mustArrive, verifyFresh } from './verify.ts'

const CLEAN_MS = 60_000

const UPLOAD = `umask 077
mkdir -p -- "$(dirname -- "$1")"
trap 'rm -f -- "$1"' EXIT
trap 'exit 143' HUP INT TERM
cat >"$1"
[ "$(stat -c %s -- "$1")" = "$2" ] || { echo "only a part of the dump arrived" >&2; exit 1; }
trap - EXIT`

const CHECK = `cd -- "$(dirname -- "$1")"
sha256sum <"$1"
pg_restore --list "$1"`

/**
 * What says what an extension is for belongs to the extension, and so to whoever made it. The entries from $3 on are
 * left out.
 */
const RESTORE = `${CONNECT}
list=.restore-list dump=$1 database=$2
shift 2
trap 'rm -f -- "$list" "$list.all"' EXIT
trap 'exit 143' HUP INT TERM
pg_restore --list "$dump" >"$list.all"
sed 's/^[0-9][0-9]*; [0-9]* [0-9]* COMMENT - EXTENSION /;&/' "$list.all" >"$list"
for entry in "$@"; do sed -i "s/^$entry;/;&/" "$list"; done
pg_restore --exit-on-error --single-transaction --no-owner --no-acl --no-password --use-list="$list" --dbname="$database" "$dump"`

/** Puts a backup in the place of the live database. It does not throw: what goes wrong is in the report. */
export async function restoreDatabase(
  shipment: Shipment,
  backup: string
): Promise<{ report: RestoreReport; error: TenantError | null }> {
  const steps = new Steps('restore', shipment.tell, shipment.signal)
  const report: RestoreReport = {
    steps: steps.list,
    backup,
    database: shipment.tenant.database?.name ?? '',
    tables: 0,
    migrations: 0,
    replaced: null,
    warnings: [],
    failure: null
  }
  shipment.tell({ kind: 'lane', lane: 'restore' })
  try {
    await putBack(shipment, steps, report)
    return { report, error: null }
  } catch (thrown) {
    const error = asTenantError(thrown)
    report.failure = failureOf(error, steps.current)
    return { report, error }
  }
}

async function putBack(shipment: Shipment, steps: Steps, report: RestoreReport): Promise<void> {
  const warn = (text: string) => {
    report.warnings.push(text)
    shipment.tell({ kind: 'message', text })
  }
  const databases = databasesOf(databaseOf(shipment))
  const chosen = await steps.step('choose', async () => {
    await mustBeProvisioned(shipment, databases)
    return choose(shipment, report.backup)
  })
  try {
    const { upload } = chosen
    if (upload !== null) {
      if (!upload.checked)
        warn(`no checksum stands beside ${upload.path}: whether it is whole shows when it is restored`)
      await steps.step('upload', () => send(shipment, chosen))
    }
    const contents = await steps.step('check', () => check(shipment, chosen))
    if (contents.database !== null && contents.database !== databases.live)
      warn(`the dump is one of the database ${contents.database}, and becomes ${databases.live}`)
    await replaceLive(shipment, steps, report, { databases, chosen, contents, warn })
  } finally {
    if (chosen.upload !== null) await removeUpload(shipment, chosen, warn)
  }
  await steps
    .step('reach', () => mustArrive(shipment))
    .catch((thrown: unknown) => {
      const error = asTenantError(thrown)
      error.needsPerson = true
      throw error
    })
}

interface Replacement {
  databases: Databases
  chosen: Chosen
  contents: Contents
  warn(text: string): void
}

async function replaceLive(
  shipment: Shipment,
  steps: Steps,
  report: RestoreReport,
  { databases, chosen, contents, warn }: Replacement
): Promise<void> {
  try {
    const made = await steps.step('create', () => createFresh(shipment, databases, contents.extensions))
    await steps.step('restore', () => fill(shipment, databases, chosen, entriesOf(contents, made)))
    await steps.step('verify', async (note) => {
      const { tables, migrations } = await verifyFresh(shipment, databases, contents)
      Object.assign(report, { tables, migrations })
      note(`${tables} tables, ${migrations} migrations`)
    })
    const { settings } = await steps.step('swap', () => swap(shipment, databases))
    report.replaced = databases.replaced
    if (settings.length > 0)
      warn(
        `settings of the database itself stay with ${databases.replaced}: ${settings.join(', ')}; set them again with ALTER DATABASE`
      )
  } catch (thrown) {
    // Where the swap was done, nothing has this name any more.
    await dropFresh(shipment, databases).catch((also: unknown) =>
      warn(`${databases.fresh} is left over until the next restore: ${asTenantError(also).message}`)
    )
    throw thrown
  }
}

async function send({ layout, remote }: Shipment, { path, upload }: Chosen): Promise<void> {
  const { code, stderr } = await remote.execute(
    { script: UPLOAD, args: [path, String(upload!.bytes)] },
    {
      as: layout.account,
      step: 'upload the dump',
      deadlineMs: LONG_MS,
      input: createReadStream(upload!.path),
      interruptible: true
    }
  )
  if (code !== 0)
    throw new TenantError('restore', 'the dump could not be uploaded', {
      where: `${path} on ${remote.name}`,
      remedy: 'look at free disk space and at the rights of the account on the host; nothing was changed',
      log: tail(stderr)
    })
}

/** That it is what it was when it was made, and that pg_restore can read what it holds. */
async function check({ layout, remote, tenant }: Shipment, { path, sha256, upload }: Chosen): Promise<Contents> {
  const { code, stdout, stderr } = await remote.execute(
    { script: CHECK, args: [path], needs: ['pg_restore', 'sha256sum'] },
    { as: layout.account, step: 'check the dump', deadlineMs: LONG_MS, interruptible: true }
  )
  const [sum = '', ...list] = stdout.split('\n')
  const where = `${upload?.path ?? path} ${upload === null ? `on ${remote.name}` : 'on this machine'}`
  const actual = sum.split(' ')[0]!
  if (actual !== '' && actual !== sha256)
    throw new TenantError('restore', `the dump was damaged: its checksum is ${actual} instead of ${sha256}`, {
      where,
      remedy: `restore another backup (\`tenant backups ${tenant.name}\` lists them), or a copy of this one; nothing was changed`
    })
  if (code === 0) return readContents(list.join('\n'))
  const log = tail(stderr)
  throw new TenantError('restore', "pg_restore can't read the dump", {
    where,
    remedy: `${advice(log, tenant.name)}; nothing was changed`,
    log
  })
}

async function fill(
  shipment: Shipment,
  { live, fresh }: Databases,
  { path }: Chosen,
  leftOut: readonly string[]
): Promise<void> {
  const { layout, remote, tenant } = shipment
  const { code, stderr } = await remote.execute(
    { script: RESTORE, args: [...connection(shipment), path, fresh, ...leftOut], needs: ['pg_restore'] },
    { as: layout.account, step: 'restore the database', deadlineMs: LONG_MS, interruptible: true }
  )
  const log = tail(stderr)
  if (code !== 0)
    throw new TenantError('restore', `the dump could not be restored into ${fresh}`, {
      where: `${path} on ${remote.name}`,
      remedy: `${advice(log, tenant.name)}; ${live} is as it was`,
      log
    })
}

async function removeUpload({ layout, remote }: Shipment, { path }: Chosen, warn: (text: string) => void) {
  await mustExecute(
    remote,
    { script: 'rm -f -- "$1"', args: [path] },
    { as: layout.account, step: 'remove the uploaded dump', deadlineMs: CLEAN_MS }
  ).catch((thrown: unknown) => warn(`${path} is left over on the host: ${asTenantError(thrown).message}`))
}
