import type { ProbeRequest } from '../requests.ts'
import { idsOf } from '../accounts.ts'
import { become, ownUid, type Ids } from '../become.ts'
import { readText } from '../read.ts'
import type { HeldHost } from './host.ts'

interface Recipe {
  ports: string[]
  health: string
}

/**
 * Which ports of the host may be asked for health, and under which path: those that the tenant's live release was made
 * with. A probe asks only where it is the tenant's own account that listens, so the key's holder learns nothing of any other port.
 */
export class Upstreams {
  readonly #host: HeldHost
  readonly #recipes = new Map<string, Promise<Recipe | null>>()

  constructor(host: HeldHost) {
    this.#host = host
  }

  /** Why an app may not be asked; null where it may. */
  async whyNot({ port, path, as }: ProbeRequest): Promise<string | null> {
    const unknown = 'no live release of this tenant was made with this port and path'
    const ids = as === undefined ? null : await idsOf(as).catch(() => null)
    if (as === undefined || ids === null) return unknown
    const recipe = this.#recipes.get(as) ?? this.#recipeOf(as, ids)
    this.#recipes.set(as, recipe)
    const { ports, health } = (await recipe) ?? { ports: [], health: '' }
    return ports.includes(String(port)) && health === path ? null : unknown
  }

  /** What the live release says of itself, read as the tenant: it can put a link there to anything. */
  async #recipeOf(account: string, ids: Ids): Promise<Recipe | null> {
    const tenant = account.slice(this.#host.inventory.accounts.prefix.length)
    const path = `${this.#host.root}/${tenant}/app/current/.tenant/release.json`
    try {
      const text = await (ownUid() === ids.uid ? readText(path) : become(ids, () => readText(path)))
      const { recipe } = JSON.parse(text ?? '{}') as { recipe?: { ports?: unknown; health?: unknown } }
      if (typeof recipe?.ports !== 'string' || typeof recipe.health !== 'string') return null
      return { ports: recipe.ports.split(' '), health: recipe.health }
    } catch {
      // Why it can't be read, the questions about it say themselves.
      return null
    }
  }
}
