import type { Tree } from '../../facts/facts.ts'

/** What the host says is live in a lane. */
export interface LiveRelease {
  release: string
  /** The files as they lie on the host: what it rewrote itself as it is now. */
  files: Tree
}
