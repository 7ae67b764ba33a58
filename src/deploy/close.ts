import { mustExecute } from '../remote/execute.ts'
import type { Recorder } from './recorder.ts'
import type { Shipment } from './shipment.ts'

const CLOSE_MS = 60_000

/**
 * Closes the tenant's folder to nginx' account, which gets into it by its group and reads there as any other account
 * does. It keeps the way to what it serves (the marketing releases, the shared built files), and to the marker in each app
 * release that names the port. The releases of earlier deploys are closed as well.
 */
export async function closeToNginx(shipment: Shipment, recorder: Recorder): Promise<void> {
  const { layout, remote } = shipment
  const { stdout } = await mustExecute(
    remote,
    { script: CLOSE, args: [layout.root, layout.meta, layout.marker.slice(layout.meta.length + 1)] },
    { as: layout.account, step: 'close the releases to other accounts', deadlineMs: CLOSE_MS }
  )
  if (stdout !== '')
    recorder.warn(
      `other accounts of the host can read ${stdout.trim().split('\n').join(', ')} in ${layout.root}; fix: as root, chmod o= PATH`
    )
}

/**
 * `within FOLDER DEPTH …` finds at one depth below a folder, links not followed. Neither its end nor that of chmod is
 * judged: a running app may remove a file meanwhile, and what could not be closed is listed afterwards.
 */
const CLOSE = `cd -- "$1"
meta=$2 marker=$3
within() {
  folder=$1 depth=$2
  shift 2
  [ ! -d "$folder" ] || find "$folder" -ignore_readdir_race -mindepth "$depth" -maxdepth "$depth" "$@" || :
}
closed() {
  within . 1 ! -name app ! -name marketing "$@"
  within app/shared 1 ! -name static "$@"
  within app/releases 2 ! -name "$meta" "$@"
  within app/releases 3 -path "*/$meta/*" ! -name "$marker" "$@"
}
ways() {
  for way in app app/releases app/shared; do within "$way" 0 "$@"; done
  within app/releases 1 "$@"
  within app/releases 2 -name "$meta" "$@"
}
closed ! -type l -perm /007 -exec chmod o= -- {} \\;
ways -type d ! \\( -perm -001 ! -perm /006 \\) -exec chmod o=x -- {} \\;
closed ! -type l -perm /007 -print`
