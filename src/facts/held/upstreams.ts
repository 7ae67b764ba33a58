import { readlink } from 'node:fs/promises'
import type { ProbeRequest } from '../requests.ts'
import { idsOf } from '../accounts.ts'
import { listenersOn } from '../connections.ts'
import { isAbsent } from '../cause.ts'
import { readText, readWhole, withOpen } from '../read.ts'
import type { HeldHost } from './host.ts'
import { realOf } from './telling.ts'

const mostRecordBytes = 64 * 1024 * 1024

interface Recipe {
  ports: string[]
  health: string
}

/**
 * Which ports of the host may be asked for health, and under which path: those that the tenant's live release was made
 * with, where it is the tenant's own account that listens. So the key's holder learns nothing of any other port.
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
    if (as === undefined) return unknown
    const recipe = this.#recipes.get(as) ?? this.#recipeOf(as)
    this.#recipes.set(as, recipe)
    const { ports, health } = (await recipe) ?? { ports: [], health: '' }
    if (!ports.includes(String(port)) || health !== path) return unknown
    const { uid } = await idsOf(as)
    const tables = [await readText('/proc/net/tcp'), await readText('/proc/net/tcp6')]
    const others = listenersOn(tables.join('\n'), port).some((listener) => listener !== uid)
    return others ? 'another account listens there' : null
  }

  /** What the live release says of itself; null where nothing does, or where a link stands for it. */
  async #recipeOf(account: string): Promise<Recipe | null> {
    const tenant = account.slice(this.#host.inventory.accounts.prefix.length)
    const lane = `${await realOf(this.#host.root)}/${tenant}/app`
    try {
      const text = await withOpen(`${lane}/current/.tenant/release.json`, async (file) => {
        const real = await readlink(`/proc/self/fd/${file.descriptor}`)
        const isOwn =
          real.startsWith(`${lane}/releases/`) &&
          /^[^/]+\/\.tenant\/release\.json$/.test(real.slice(`${lane}/releases/`.length))
        return isOwn ? (await readWhole(real, file, mostRecordBytes)).toString('utf8') : ''
      })
      const { recipe } = JSON.parse(text) as { recipe?: { ports?: unknown; health?: unknown } }
      if (typeof recipe?.ports !== 'string' || typeof recipe.health !== 'string') return null
      return { ports: recipe.ports.split(' '), health: recipe.health }
    } catch (error) {
      if (isAbsent(error) || error instanceof SyntaxError || error instanceof TypeError) return null
      throw error
    }
  }
}
