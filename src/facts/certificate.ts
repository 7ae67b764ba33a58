import { X509Certificate, createPrivateKey } from 'node:crypto'
import type { CertificateFact } from './facts.ts'
import type { CertificateRequest } from './requests.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

export async function lookAtCertificate(request: CertificateRequest): Promise<CertificateFact> {
  const [chain, keyText] = await settled([readText(request.certificate), readText(request.key)])
  if (chain === null || keyText === null) return { exists: false }
  // Of a chain, Node reads the first certificate, which is the server's own.
  const certificate = read(() => new X509Certificate(chain), request.certificate, 'a certificate')
  const key = read(() => createPrivateKey(keyText), request.key, 'a private key without a passphrase')
  return {
    exists: true,
    names: dnsNames(certificate.subjectAltName),
    issuer: certificate.issuer.split('\n').join(', '),
    selfSigned: certificate.verify(certificate.publicKey),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
    keyMatches: certificate.checkPrivateKey(key)
  }
}

/** Reads Node's text of the alternative names: "DNS:a.example, IP Address:127.0.0.1", odd ones in JSON's quotes. */
export function dnsNames(text = ''): string[] {
  return [...text.matchAll(/(?:^|, )DNS:("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '']) =>
    name.startsWith('"') ? (JSON.parse(name) as string) : name
  )
}

/** OpenSSL's own words say nothing to people, and a key must not be in a message anyway. */
function read<T>(parse: () => T, path: string, what: string): T {
  try {
    return parse()
  } catch {
    throw new Error(`${path} does not hold ${what} in PEM`)
  }
}
