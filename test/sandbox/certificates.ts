import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname } from 'node:path'
import { run } from './command.ts'
import type { SandboxTenant } from './manifests.ts'

const folder = '/etc/ssl/tenant-sandbox'
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']
/** On the host. */
export const authority = `${folder}/ca.pem`

const extensions = (names: string[]) => `subjectAltName=${names
  .map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`)
  .join(',')}
basicConstraints=CA:FALSE
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`

/**
 * A certificate of the sandbox' own authority, for domains and addresses.
 *
 * @param root the folder that holds the host's file system
 */
export async function issue(root: string, names: string[], certificate: string, key: string): Promise<void> {
  const request = `${root}${folder}/request.pem`
  for (const file of [certificate, key]) mkdirSync(dirname(root + file), { recursive: true })
  await run(['openssl', 'req', '-new', ...newKey, '-keyout', root + key, '-out', request, '-subj', `/CN=${names[0]}`])
  writeFileSync(`${root}${folder}/extensions`, extensions(names))
  const signer = ['-CA', root + authority, '-CAkey', `${root}${folder}/ca.key`, '-CAcreateserial']
  const validity = ['-days', '30', '-extfile', `${root}${folder}/extensions`]
  await run(['openssl', 'x509', '-req', '-in', request, ...signer, ...validity, '-out', root + certificate])
  await run(['chmod', '0600', root + key])
  await run(['chmod', '0644', root + certificate])
  for (const file of [request, `${root}${folder}/extensions`]) rmSync(file)
}

/**
 * Makes a new authority and, as an operator with a certificate of their own would, puts one for all of its domains
 * where a tenant's manifest names files; answers the authority, in PEM.
 */
export async function issueCertificates(root: string, tenants: SandboxTenant[]): Promise<string> {
  // Open, for the authority is public; each key is not.
  mkdirSync(root + folder, { mode: 0o755 })
  const files = ['-keyout', `${root}${folder}/ca.key`, '-out', root + authority, '-days', '30']
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  await run(['openssl', 'req', '-x509', ...newKey, ...files, ...usage, '-subj', '/CN=tenant sandbox authority'])
  await issue(root, ['localhost'], `${folder}/default.crt`, `${folder}/default.key`)
  for (const { domains, tls } of tenants) if (tls !== 'acme') await issue(root, domains, tls.certificate, tls.key)
  return readFileSync(root + authority, 'utf8')
}
