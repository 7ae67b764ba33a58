import { expect } from 'vitest'
import type { Row } from './estate.ts'

export const DAY = 86_400
export const names = (tenant: string) =>
  ['booking', 'book', 'www'].map((each) => `${each}.${tenant}.test`).concat(`${tenant}.test`)

export interface Made {
  names?: string[]
  /** Days from now at which it begins and ends. */
  from?: number
  until: number
  /** Who signs it: the sandbox' own authority, or the certificate itself. */
  self?: boolean
}

/** Writes a certificate and its key, which `openssl x509` alone could not begin in the past. */
export const make = (
  sh: (script: string, ...args: string[]) => Promise<string>,
  certificate: string,
  key: string,
  made: Made
) => {
  const at = (days: number) => new Date(Date.now() + days * DAY * 1000).toISOString().replace(/[-:T]|\.\d+/g, '')
  const script = `folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"; : >index; echo 01 >serial
printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\nunique_subject=no\\nx509_extensions=e\\n[p]\\ncommonName=supplied\\n[e]\\nsubjectAltName=%s\\n' "$3" >conf
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out key 2>/dev/null
openssl req -new -key key -subj "/CN=test" -out request
signer="-cert /etc/ssl/tenant-sandbox/ca.pem -keyfile /etc/ssl/tenant-sandbox/ca.key"
if [ "$6" = self ]; then signer="-selfsign -keyfile key"; fi
openssl ca -config conf -batch -notext -startdate "$4" -enddate "$5" $signer -in request -out crt 2>log || { cat log >&2; exit 1; }
cat crt >"$1"; cat key >"$2"`
  const list = (made.names ?? names('otherbrand')).map((each) => `DNS:${each}`).join(',')
  return sh(script, certificate, key, list, at(made.from ?? -1), at(made.until), made.self === true ? 'self' : 'ca')
}

export const untilWhen = (days: number): Row => [
  'valid',
  'for some weeks to come',
  expect.stringContaining(`until ${new Date(Date.now() + days * DAY * 1000).toISOString().slice(0, 13)}`) as string
]
