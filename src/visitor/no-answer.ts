/** A public address gave no answer, or none that could be read to its end; the message says why, in one line. */
export class NoAnswer extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'NoAnswer'
  }
}

const WORDS: Record<string, string> = {
  ENOTFOUND: 'no such domain in DNS',
  EAI_AGAIN: 'DNS did not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'no connection came about',
  EHOSTUNREACH: 'no way leads to that address',
  ENETUNREACH: 'no way leads to that address',
  EPROTO: 'the TLS handshake failed'
}

/** Why there was no answer: the system's code, for those who know it, and what it means. */
export function whyNoAnswer(error: NodeJS.ErrnoException): string {
  const { code, message } = error
  if (code === undefined) return message
  if (code.startsWith('ERR_SSL_')) return `${code}: ${WORDS['EPROTO']}`
  if (code.startsWith('HPE_')) return `${code}: what came is not HTTP`
  const words = WORDS[code] ?? message
  return words === '' || words.includes(code) ? words || code : `${code}: ${words}`
}
