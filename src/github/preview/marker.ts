import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import { FINGERPRINT_PARTS, type Fingerprint } from '../../report/review-report.ts'

/** What a comment remembers of what it shows. */
export interface ReviewedState {
  version: 1
  /** The commit that was previewed. */
  commit: string | null
  /** Tenant -> lane -> what a reviewer was shown. */
  tenants: Record<string, { app?: Fingerprint; marketing?: Fingerprint }>
}

// All parts of a fingerprint in one word: of 200 tenants with two lanes each, names and marks would take more than the hashes.
const DIGITS = 12
const UNSEEN = '-'.repeat(DIGITS)
const word = z.string().regex(new RegExp(`^(?:[0-9a-f]{${DIGITS}}|-{${DIGITS}}){${FINGERPRINT_PARTS.length}}$`))
const packedSchema = z.strictObject({
  version: z.literal(1),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  tenants: z.record(
    z.string().regex(/^[a-z](?:-?[a-z0-9])*$/),
    z.strictObject({ app: word.optional(), marketing: word.optional() })
  )
})

const first = '<!-- tenant-deploy preview -->'
const memory = /^<!-- tenant-deploy reviewed ([A-Za-z0-9_-]+) -->$/

// A comment holds 65,536 characters, most of them for people.
const mostBytes = 28_000
const mostInflated = 1024 * 1024

/** The hidden lines that the comment begins with. What they hold is base64url, so no text can end them early. */
export function markerLines(state: ReviewedState): string {
  const entries = Object.entries(state.tenants).map(([tenant, lanes]) => [tenant, mapped(lanes, wordOf)] as const)
  for (;;) {
    const tenants = Object.fromEntries(entries)
    const packed = deflateRawSync(JSON.stringify({ ...state, tenants })).toString('base64url')
    if (packed.length <= mostBytes || entries.length === 0) return `${first}\n<!-- tenant-deploy reviewed ${packed} -->`
    // The deploys of those that are left out say that the comment does not tell.
    entries.length = Math.floor(entries.length * 0.9)
  }
}

/** By its first line alone: further down may stand text of others. */
export function isPreviewComment(body: string): boolean {
  return body.split(/\r?\n/, 1)[0] === first
}

/** Null where somebody has edited it, or where it is not there. */
export function readState(body: string): ReviewedState | null {
  const packed = memory.exec(body.split(/\r?\n/, 2)[1] ?? '')?.[1]
  if (packed === undefined || !isPreviewComment(body)) return null
  try {
    const text = inflateRawSync(Buffer.from(packed, 'base64url'), { maxOutputLength: mostInflated }).toString()
    const { tenants, ...state } = packedSchema.parse(JSON.parse(text))
    const unpacked = Object.entries(tenants).map(([tenant, lanes]) => [tenant, mapped(lanes, fingerprintIn)])
    return { ...state, tenants: Object.fromEntries(unpacked) as ReviewedState['tenants'] }
  } catch {
    return null
  }
}

function mapped<From, To>(lanes: Record<string, From | undefined>, into: (lane: From) => To): Record<string, To> {
  return Object.fromEntries(
    Object.entries(lanes).flatMap(([lane, value]) => (value === undefined ? [] : [[lane, into(value)]]))
  )
}

function wordOf(fingerprint: Fingerprint): string {
  return FINGERPRINT_PARTS.map((part) => fingerprint[part] ?? UNSEEN).join('')
}

function fingerprintIn(text: string): Fingerprint {
  const parts = FINGERPRINT_PARTS.map((part, at) => {
    const hash = text.slice(at * DIGITS, (at + 1) * DIGITS)
    return [part, hash === UNSEEN ? null : hash]
  })
  return Object.fromEntries(parts) as Fingerprint
}
