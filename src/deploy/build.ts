import { TenantError, type ErrorKind } from '../errors.ts'
import type { Tree, TreeEntry } from '../facts/facts.ts'
import { excerpt, mustExecute } from '../remote/execute.ts'
import { rebuiltFiles } from '../resources/files.ts'
import type { Recorder } from './recorder.ts'
import type { Shipment } from './shipment.ts'

const COPY_MS = 10 * 60_000

/** Installs the packages in the new release, or copies them from the live one where the lockfile is the same. */
export async function install(
  shipment: Shipment,
  recorder: Recorder,
  id: string,
  sameLockfile: boolean
): Promise<void> {
  const { layout, remote } = shipment
  const app = shipment.tenant.app!
  const { current, release } = layout.lane('app')
  await recorder.step('install', async (note) => {
    if (sameLockfile) {
      const copied = await mustExecute(
        remote,
        // Copied and not linked: a build may write into node_modules, and what is live must not feel it.
        {
          script: `cd -- "$1"\nfind . -name node_modules -type d -prune -exec cp --archive --reflink=auto --parents -t "$2" -- {} + -printf .`,
          args: [current, release(id)]
        },
        {
          as: layout.account,
          step: 'copy the packages of the live release',
          deadlineMs: COPY_MS,
          interruptible: true
        }
      )
      if (copied.stdout !== '') return note('the lockfile is the same: packages taken from the live release', 'skipped')
    }
    await runInRelease(shipment, id, app.install, 'install')
    note(app.install.join(' '))
  })
}

/** Brings the build's cache over from the live release. */
export async function keepCache(shipment: Shipment, id: string): Promise<void> {
  const { layout, remote } = shipment
  const { current, release } = layout.lane('app')
  await mustExecute(
    remote,
    {
      script: `if ! cd -- "$1" 2>/dev/null; then exit 0; fi\nto=$2; shift 2\nfor cache; do if [ -d "$cache" ]; then cp --archive --reflink=auto --parents -t "$to" -- "$cache" || echo "$cache could not be copied"; fi; done`,
      args: [current, release(id), ...shipment.tenant.app!.cache]
    },
    { as: layout.account, step: "copy the build's cache", deadlineMs: COPY_MS }
  )
}

export async function build(shipment: Shipment, recorder: Recorder, id: string): Promise<void> {
  const words = shipment.tenant.app!.build
  if (words === undefined) return recorder.skip('build', 'the manifest names none')
  await recorder.step('build', async (note) => {
    await runInRelease(shipment, id, words, 'build')
    note(words.join(' '))
  })
}

/** What install and build have made of files that were shipped: the next comparison must not take it for drift. */
export async function rebuiltOnHost(
  shipment: Shipment,
  id: string,
  shipped: Tree
): Promise<Record<string, TreeEntry | null>> {
  const { layout, remote } = shipment
  const root = layout.lane('app').release(id)
  const { tree } = await remote.gather(
    { tree: { kind: 'tree', root, recordedIn: `${root}/${layout.record}` } },
    { as: layout.account }
  )
  if (tree.ok) return rebuiltFiles(shipped, tree.fact.files)
  throw new TenantError('host-answer', `could not look at the built release: ${tree.cause}`, {
    where: root,
    remedy: 'put right what the host says; the old release still serves'
  })
}

/**
 * Adds the release's built files to those of the releases before it, so that a page that is still open finds its
 * chunks. nginx reads them, unlike the release that they come from. rsync writes each file beside its place and renames
 * it, so a copy that was cut short is never served.
 */
export async function shareStatic(shipment: Shipment, id: string): Promise<void> {
  const { layout, remote } = shipment
  await mustExecute(
    remote,
    {
      script: `umask 022
mkdir -p -- "$2"
if [ -d "$1" ]; then rsync --recursive --links --perms --chmod=D755,F644 --checksum -- "$1/" "$2/"; fi`,
      args: [`${layout.lane('app').release(id)}/${shipment.tenant.app!.static.from}`, layout.staticFolder],
      needs: ['rsync']
    },
    { as: layout.account, step: 'share the built files', deadlineMs: COPY_MS }
  )
}

async function runInRelease(
  shipment: Shipment,
  id: string,
  words: readonly string[],
  kind: ErrorKind & ('install' | 'build')
): Promise<void> {
  const { layout, remote, tell } = shipment
  const minutes = shipment.tenant.app!.build_minutes
  const result = await remote.execute(
    { words: [...words], cwd: layout.lane('app').release(id), umask: '027', env: { CI: 'true', RELEASE_ID: id } },
    {
      as: layout.account,
      step: `${kind} the app (build_minutes: ${minutes})`,
      deadlineMs: minutes * 60_000,
      interruptible: true,
      onLine: (line) => tell({ kind: 'output', line })
    }
  )
  if (result.code === 0) return
  throw new TenantError(kind, `${words.join(' ')} ended with exit code ${result.code}`, {
    where: `${remote.name}:${layout.lane('app').release(id)}`,
    remedy: 'put right what the log says; the old release still serves',
    log: excerpt(`${result.stdout}\n${result.stderr}`)
  })
}
