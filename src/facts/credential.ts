import type { CredentialFact } from './facts.ts'
import { sha256 } from './read.ts'

const scram = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+)$/

/** Reads a credential as PostgreSQL and PgBouncer keep it. Its keys stay here: who has them needs no password. */
export function readCredential(secret: string | null): CredentialFact | null {
  const [, iterations, salt, keys] = scram.exec(secret ?? '') ?? []
  if (!iterations || !salt || !keys) return null
  return { iterations: Number(iterations), salt, digest: sha256(keys) }
}
