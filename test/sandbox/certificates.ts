import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { run } from './command.ts'
import type { SandboxTenant } from './manifests.ts'
import type { Traces } from './traces.ts'

const folder = '/etc/ssl/tenant-sandbox'
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']
export const defaultCertificate = { certificate: `${folder}/default.crt`, key: `${folder}/default.key` }

async function issue(domains: string[], certificate: string, key: string): Promise<void> {
  const [subject, request] = [`/CN=${domains[0]}`, `${folder}/request.pem`]
  await run(['openssl', 'req', '-new', ...newKey, '-keyout', key, '-out', request, '-subj', subject])
  const names = domains.map((domain) => `DNS:${domain}`).join(',')
  writeFileSync(`${folder}/extensions`, `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`)
  const authority = ['-CA', `${folder}/ca.pem`, '-CAkey', `${folder}/ca.key`, '-CAcreateserial']
  const validity = ['-days', '30', '-extfile', `${folder}/extensions`]
  await run(['openssl', 'x509', '-req', '-in', request, ...authority, ...validity, '-out', certificate])
  await run(['chmod', '0600', key])
  await run(['chmod', '0644', certificate])
}

/** Issues each tenant's certificate for all of its domains; answers the new authority that signed them, in PEM. */
export async function issueCertificates(tenants: SandboxTenant[], traces: Traces): Promise<string> {
  traces.path(folder)
  mkdirSync(folder, { mode: 0o700 })
  const authority = ['-keyout', `${folder}/ca.key`, '-out', `${folder}/ca.pem`, '-days', '30']
  await run(['openssl', 'req', '-x509', ...newKey, ...authority, '-subj', '/CN=tenant sandbox authority'])
  await issue(['localhost'], defaultCertificate.certificate, defaultCertificate.key)
  for (const { domains, certificate, key } of tenants) {
    for (const file of [certificate, key]) {
      traces.folder(dirname(file))
      mkdirSync(dirname(file), { recursive: true })
      traces.path(file)
    }
    await issue(domains, certificate, key)
  }
  return readFileSync(`${folder}/ca.pem`, 'utf8')
}
