import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pair {
  key: string
  cert: string
}

/** A private authority in a temporary folder, as operators have them for trying things. */
export interface Authority extends Disposable {
  /** Its certificate, for `ca_file`. */
  file: string
  /** @param days how long it is valid from now on; with -1, it ran out */
  issue(domains: string[], days?: number): Pair
  selfSigned(domains: string[]): Pair
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']

export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-authority-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  const root = ['-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '3650', '-subj', '/CN=an authority']
  openssl('req', '-x509', ...newKey, ...root)
  const pair = (): Pair => ({ key: readFileSync(at('key.pem'), 'utf8'), cert: readFileSync(at('cert.pem'), 'utf8') })
  const names = (domains: string[]) => `subjectAltName=${domains.map((domain) => `DNS:${domain}`).join(',')}`
  return {
    file: at('ca.pem'),
    issue(domains, days = 365) {
      openssl('req', '-new', ...newKey, '-keyout', at('key.pem'), '-out', at('request.pem'), '-subj', '/CN=a site')
      writeFileSync(at('extensions'), `${names(domains)}\n`)
      const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('extensions')]
      openssl('x509', '-req', '-in', at('request.pem'), ...signer, '-days', String(days), '-out', at('cert.pem'))
      return pair()
    },
    selfSigned(domains) {
      const own = ['-keyout', at('key.pem'), '-out', at('cert.pem'), '-subj', '/CN=a site', '-addext', names(domains)]
      openssl('req', '-x509', ...newKey, ...own)
      return pair()
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true })
  }
}
