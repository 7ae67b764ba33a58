import { z } from 'zod'
import { TenantError } from '../../errors.ts'

/** What an issue is about; it is the label that it carries, too. */
export type Topic = 'drift' | 'unreachable'

/** Whom it is about. */
export interface Subject {
  kind: 'tenant' | 'host'
  name: string
}

/** What an issue remembers from one night to the next. */
export interface Note {
  /** When this spell of it began: ISO 8601 in UTC. */
  since: string
  /** Of all that was found. */
  print: string
  /** How many things were found; `found` may hold fewer. */
  total: number
  /** Address and fingerprint of each. */
  found: [address: string, print: string][]
  /** The issue of an earlier spell. */
  before: number | null
}

const noteSchema: z.ZodType<Note> = z.strictObject({
  since: z.iso.datetime(),
  print: z.string().regex(/^[0-9a-f]{16}$/),
  total: z.int().min(0),
  found: z.array(z.tuple([z.string().max(200), z.string().regex(/^[0-9a-f]{8}$/)])),
  before: z.int().min(1).nullable()
})

const name = '[a-z](?:-?[a-z0-9])*'
const identity = new RegExp(`^<!-- tenant-deploy (drift|unreachable) (tenant|host)=(${name}) -->$`)
const memory = /^<!-- tenant-deploy note ([A-Za-z0-9_-]+) -->$/

// A body holds 65,536 characters, most of them for people.
const noteBytes = 9000

/** The hidden lines that a body begins with. What they hold is either a name of our own or base64url, so no text can end the comment early. */
export function markerLines(topic: Topic, subject: Subject, note: Note): string {
  const first = `<!-- tenant-deploy ${topic} ${subject.kind}=${subject.name} -->`
  if (!identity.test(first)) throw new TenantError('internal', `a ${subject.kind} can't have the name ${subject.name}`)
  const found = [...note.found]
  const text = () => JSON.stringify({ ...note, found })
  while (found.length > 0 && Buffer.byteLength(text()) > noteBytes) found.length = Math.floor(found.length * 0.9)
  return `${first}\n<!-- tenant-deploy note ${Buffer.from(text()).toString('base64url')} -->`
}

/**
 * Whom an issue is about, by the first line of its body: nothing further down counts, where text of others may stand.
 * Null for an issue that is not ours.
 */
export function readMarker(body: string): { topic: Topic; subject: Subject; note: Note | null } | null {
  const [first = '', second = ''] = body.split(/\r?\n/, 2)
  const [, topic, kind, subject] = identity.exec(first) ?? []
  if (subject === undefined) return null
  const encoded = memory.exec(second)?.[1]
  return {
    topic: topic as Topic,
    subject: { kind: kind as Subject['kind'], name: subject },
    note: encoded === undefined ? null : readNote(encoded)
  }
}

/** Null where somebody has edited it: then nothing is known of the night before. */
function readNote(encoded: string): Note | null {
  try {
    return noteSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()))
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) return null
    throw thrown
  }
}

const insiders: readonly string[] = ['OWNER', 'MEMBER', 'COLLABORATOR']

/**
 * Whether a marker may be believed: it is written by an app, as workflows are, or by somebody of the repository. Anybody
 * else can edit what they wrote at any time, also after it was given our label.
 */
export function isTrusted(author: { type?: string | undefined; association?: string | undefined }): boolean {
  return author.type === 'Bot' || insiders.includes(author.association ?? '')
}
