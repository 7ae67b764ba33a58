import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { TenantError } from '../errors.ts'
import type { Host } from '../tenant/host.ts'

const known = new WeakMap<object, SecureContext>()

/**
 * The authorities that a visitor trusts: the public ones, and the host's `ca_file` besides. They are read once for a
 * host, for there are many.
 * @throws TenantError where that file cannot be read or holds no certificate.
 */
export function trustFor(host: Pick<Host, 'ca_file'>): SecureContext {
  const trust = known.get(host) ?? readTrust(host)
  known.set(host, trust)
  return trust
}

function readTrust({ ca_file: file }: Pick<Host, 'ca_file'>): SecureContext {
  if (file === undefined) return createSecureContext()
  return createSecureContext({ ca: [...rootCertificates, readAuthority(file)] })
}

function readAuthority(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    throw unusable(file, `cannot be read (${(thrown as NodeJS.ErrnoException).code ?? String(thrown)})`, thrown)
  }
  try {
    new X509Certificate(text)
  } catch (thrown) {
    throw unusable(file, 'holds no certificate in PEM', thrown)
  }
  return text
}

function unusable(file: string, why: string, cause: unknown): TenantError {
  return new TenantError('manifest', `the \`ca_file\` of the host ${why}`, {
    where: file,
    remedy: "put the certificate of the private authority there, or remove `ca_file` from the host's file",
    cause
  })
}
