import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname } from 'node:path'
import { run } from './command.ts'
import type { SandboxTenant } from './manifests.ts'
import type { Traces } from './traces.ts'

const folder = '/etc/ssl/tenant-sandbox'
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']
export const authority = `${folder}/ca.pem`
export const defaultCertificate = { certificate: `${folder}/default.crt`, key: `${folder}/default.key` }

const extensions = (names: string[]) => `subjectAltName=${names
  .map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`)
  .join(',')}
basicConstraints=CA:FALSE
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`

/** A certificate of the sandbox' own authority, for domains and addresses. */
export async function issue(names: string[], certificate: string, key: string): Promise<void> {
  const [subject, request] = [`/CN=${names[0]}`, `${folder}/request.pem`]
  await run(['openssl', 'req', '-new', ...newKey, '-keyout', key, '-out', request, '-subj', subject])
  writeFileSync(`${folder}/extensions`, extensions(names))
  const signer = ['-CA', authority, '-CAkey', `${folder}/ca.key`, '-CAcreateserial']
  const validity = ['-days', '30', '-extfile', `${folder}/extensions`]
  await run(['openssl', 'x509', '-req', '-in', request, ...signer, ...validity, '-out', certificate])
  await run(['chmod', '0600', key])
  await run(['chmod', '0644', certificate])
}

/**
 * Makes a new authority and, as an operator with a certificate of their own would, puts one for all of its domains
 * where a tenant's manifest names files; answers the authority, in PEM.
 */
export async function issueCertificates(tenants: SandboxTenant[], traces: Traces): Promise<string> {
  traces.path(folder)
  // Open, for the authority is public; each key is not.
  mkdirSync(folder, { mode: 0o755 })
  const files = ['-keyout', `${folder}/ca.key`, '-out', authority, '-days', '30']
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  await run(['openssl', 'req', '-x509', ...newKey, ...files, ...usage, '-subj', '/CN=tenant sandbox authority'])
  await issue(['localhost'], defaultCertificate.certificate, defaultCertificate.key)
  for (const { domains, tls } of tenants) {
    if (tls === 'acme') continue
    for (const file of [tls.certificate, tls.key]) {
      traces.folder(dirname(file))
      mkdirSync(dirname(file), { recursive: true })
      traces.path(file)
    }
    await issue(domains, tls.certificate, tls.key)
  }
  return readFileSync(authority, 'utf8')
}
