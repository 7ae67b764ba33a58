import { rootChange } from '../host/root-change.ts'
import type { Change } from '../resource.ts'

/** What the issuer of a certificate says that is only there so that nginx comes up. */
export const PLACEHOLDER = 'placeholder of tenant-deploy'

const DAYS = '90'

/** A certificate for these domains that signs itself; a key that is there already is the one that it is for. */
export function placeholderChange(certificate: string, key: string, domains: readonly string[]): Change {
  return rootChange(`make a placeholder certificate ${certificate}`, {
    script: `[ -e "$1" ] && exit 0
mkdir -p -- "\${1%/*}" "\${2%/*}"
trap 'rm -f -- "$1.new" "$2.new"' EXIT
umask 077
if ! [ -e "$2" ]; then
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$2.new" 2>&1
  mv -f -- "$2.new" "$2"
fi
openssl req -x509 -new -key "$2" -days "$5" -subj "/CN=$3" -addext "subjectAltName=$4" -out "$1.new" 2>&1
chmod 0644 "$1.new"
mv -f -- "$1.new" "$1"`,
    args: [certificate, key, PLACEHOLDER, domains.map((domain) => `DNS:${domain}`).join(','), DAYS],
    needs: ['openssl']
  })
}
