import type { PlanReason } from '../report/plan-report.ts'
import type { LaneName } from '../report/report.ts'

/** What changed: paths from the root of the repository, or all of them, and why. */
export type Changes = { paths: readonly string[] } | { everything: string }

interface Touched {
  files: number
  example: string
}

/** Changed files by the folders that they lie in, at any depth; a path that is a folder of its own (a submodule, a link) too. */
export class TouchedFolders {
  readonly #folders = new Map<string, Touched>()
  readonly #paths: ReadonlySet<string>

  constructor(paths: readonly string[]) {
    this.#paths = new Set(paths)
    for (const path of this.#paths) {
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
        const folder = path.slice(0, end)
        const known = this.#folders.get(folder)
        if (known === undefined) this.#folders.set(folder, { files: 1, example: path })
        else known.files++
      }
    }
  }

  /** What changed at this path or below it, or in its stead: what a link or a submodule above it holds cannot be seen. */
  at(path: string): Touched | null {
    const here = this.#folders.get(path)
    if (here !== undefined) return here
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end)
      if (this.#paths.has(above)) return { files: 1, example: above }
    }
    return null
  }

  /** Whether this very file changed. */
  has(path: string): boolean {
    return this.#paths.has(path)
  }

  reason(what: string, lanes: LaneName | 'all', path: string): PlanReason | null {
    const touched = this.at(path)
    return touched === null ? null : { what: `${what} ${path}`, lanes, ...touched }
  }

  /** Names of what changed directly below a folder. */
  *below(folder: string): Generator<string> {
    for (const path of this.#folders.keys()) {
      if (!path.startsWith(`${folder}/`)) continue
      const name = path.slice(folder.length + 1)
      if (!name.includes('/')) yield name
    }
  }
}
