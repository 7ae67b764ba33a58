import { join } from 'node:path'
import { asTenantError } from '../errors.ts'
import type { Tree } from '../facts/facts.ts'
import type { Migration } from '../resources/migrations.ts'
import type { LaneName } from '../report/report.ts'
import { folderOf } from '../source/folder.ts'
import { markNow } from '../source/mark.ts'
import { readMigrations } from '../source/migrations.ts'
import type { Sourcing } from '../source/sourcing.ts'
import { WholeListing } from '../source/git-files.ts'
import { hashSelected, listFiles } from '../source/tree.ts'
import type { Shipping } from './subject.ts'

const MANY = 8

/** Reads what lanes would ship. Many tenants ship the same app, and its folder is read once. */
export class Sources {
  readonly #trees = new Map<string, Promise<Tree>>()
  readonly #migrations = new Map<string, Promise<Migration[]>>()
  readonly #whole: { whole?: WholeListing }

  /** @param tenants how many will be asked about */
  constructor(tenants: number) {
    // For a few, a checkout may hold far more than they ship.
    this.#whole = tenants < MANY ? {} : { whole: new WholeListing() }
  }

  /** Never throws: why a source can't be read is part of the answer. */
  async of(sourcing: Sourcing): Promise<Record<LaneName, Shipping | null>> {
    const { app, marketing } = sourcing.tenant
    const [ofApp, ofMarketing] = await Promise.all([
      app === undefined ? null : known(() => this.#app(sourcing, app)),
      marketing === undefined ? null : known(() => this.#marketing(sourcing))
    ])
    return { app: ofApp, marketing: ofMarketing }
  }

  async #app(sourcing: Sourcing, app: { source: string; migrations: string }): Promise<Shipping> {
    const folder = await folderOf(sourcing, app.source)
    const [tree, migrations] = await Promise.all([
      this.#tree(folder, sourcing),
      once(this.#migrations, join(folder, app.migrations), readMigrations)
    ])
    return { tree, migrations, mark: null, cause: null }
  }

  async #marketing(sourcing: Sourcing): Promise<Shipping> {
    const { source, build, output } = sourcing.tenant.marketing!
    if (typeof source !== 'string' || build !== undefined)
      return { tree: null, migrations: [], mark: await markNow(sourcing), cause: null }
    const folder = await folderOf(sourcing, output === undefined ? source : join(source, output))
    return { tree: await this.#tree(folder, sourcing), migrations: [], mark: null, cause: null }
  }

  #tree(folder: string, sourcing: Sourcing): Promise<Tree> {
    return once(this.#trees, folder, async () =>
      hashSelected(await listFiles(folder, { git: true, sourcing, ...this.#whole }))
    )
  }
}

async function known(read: () => Promise<Shipping>): Promise<Shipping> {
  try {
    return await read()
  } catch (thrown) {
    const { message, where } = asTenantError(thrown)
    const cause = where === undefined ? message : `${message} (${where})`
    return { tree: null, migrations: [], mark: null, cause }
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, read: (key: string) => Promise<T>): Promise<T> {
  const found = known.get(key) ?? read(key)
  known.set(key, found)
  return found
}
