import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { CredentialFact } from '../../facts/facts.ts'

/** What PostgreSQL takes by itself. */
const ITERATIONS = 4096
/** Who put more there wants us to be busy for a long time. */
const MOST_ITERATIONS = 1_000_000

/** What PostgreSQL and PgBouncer keep of a password: they can check it, and nobody can log in with it at another place. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${keys(password, salt, ITERATIONS)}`
}

export function matchesCredential(password: string, { iterations, salt, digest }: CredentialFact): boolean {
  if (iterations > MOST_ITERATIONS) return false
  const own = keys(password, Buffer.from(salt, 'base64'), iterations)
  return createHash('sha256').update(own).digest('hex') === digest
}

/** StoredKey and ServerKey of RFC 5802. */
function keys(password: string, salt: Buffer, iterations: number): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest()
  return `${stored.toString('base64')}:${hmac('Server Key').toString('base64')}`
}
