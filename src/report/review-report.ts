/** What a fingerprint holds a hash of; each can be told apart from the others where two differ. */
export const FINGERPRINT_PARTS = ['files', 'site', 'environment', 'migrations', 'recipe', 'host'] as const

export type FingerprintPart = (typeof FINGERPRINT_PARTS)[number]

/**
 * Stable facts of what a lane ships, and of what it was compared with: no times, no ids, no values of secrets. A preview
 * and the deploy after it have the same one, unless something came between them.
 */
export interface Fingerprint extends Record<Exclude<FingerprintPart, 'host'>, string> {
  /** What is live; null where no host was looked at. */
  host: string | null
}

/** A migration that would be run, for those who have to read it first. */
export interface PendingMigration {
  name: string
  /** The beginning of it, where it is long. */
  sql: string
  /** Of the whole file. */
  bytes: number
}

/** How what was shipped compares with what was reviewed. */
export interface ReviewedLane {
  lane: 'marketing' | 'app'
  /** `unknown`: the comment does not tell what was reviewed. */
  verdict: 'same' | 'differs' | 'unknown'
  /** Which parts are others. */
  parts: FingerprintPart[]
  /** Changed paths of the lane's sources since the reviewed commit; null where git could not tell. */
  paths: string[] | null
  /** How many more there are. */
  morePaths: number
}

/** What a deploy says of the pull request that its commit came with. */
export interface Review {
  /** Null where the commit came with none. */
  pullRequest: number | null
  url: string | null
  /** The commit that was previewed; null where the pull request has no preview. */
  commit: string | null
  lanes: ReviewedLane[]
  /** Why it is not known; then nothing of the above is. */
  unknown: string | null
}
