import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import { dnsNames } from '../facts/certificate.ts'
import type { Host } from '../tenant/host.ts'
import { lookupFor } from './lookup.ts'
import { NoAnswer, whyNoAnswer } from './no-answer.ts'

/** The certificate that a server shows to who asks for a domain. */
export interface Presented {
  /** DNS names that it is for, as they stand in it. */
  names: string[]
  isForDomain: boolean
  /** OpenSSL's word for why nobody should trust it; null where its chain is good. */
  distrust: string | null
  /** ms since the epoch */
  validFromMs: number
  validToMs: number
}

/**
 * Shakes hands by the domain's name (SNI) and looks at what is shown, whatever that is worth.
 * @throws NoAnswer where no handshake came about, and the signal's reason where that was given.
 */
export function presentedCertificate(
  domain: string,
  host: Pick<Host, 'resolve' | 'https_port'>,
  { trust, answerMs, signal }: { trust: SecureContext; answerMs: number; signal: AbortSignal }
): Promise<Presented> {
  signal.throwIfAborted()
  const late = AbortSignal.timeout(answerMs)
  const ended = AbortSignal.any([signal, late])
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: domain,
      servername: domain,
      port: host.https_port,
      secureContext: trust,
      rejectUnauthorized: false,
      // The name is judged by itself, so that it does not hide what else is wrong.
      checkServerIdentity: () => undefined,
      ...lookupFor(host)
    })
    const fail = (error: Error) => {
      socket.destroy()
      reject(
        signal.aborted
          ? (signal.reason as Error)
          : new NoAnswer(late.aborted ? `no handshake within ${answerMs / 1000} s` : whyNoAnswer(error))
      )
    }
    ended.addEventListener('abort', () => fail(new Error('ended')), { once: true })
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the connection was closed in the middle of the handshake')))
    socket.on('secureConnect', () => {
      const shown = presentedOn(socket, domain)
      if (shown === null) return fail(new Error('no certificate was shown'))
      resolve(shown)
      socket.destroy()
    })
  })
}

/** What a connection showed when hands were shaken on it; null where that was nothing. */
export function presentedOn(socket: TLSSocket, domain: string): Presented | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return null
  return {
    names: dnsNames(certificate.subjectAltName),
    // Browsers do not look at the common name.
    isForDomain: certificate.checkHost(domain, { subject: 'never' }) !== undefined,
    distrust: socket.authorized ? null : String(socket.authorizationError),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo)
  }
}
