import { realpath } from 'node:fs/promises'
import { isAbsent } from '../cause.ts'
import type { HeldHost } from './host.ts'

/** What may be told of what stands in a file: nothing, its hash, also the names in an env file, or its text. */
export type Telling = 'nothing' | 'hash' | 'names' | 'text'

/** Decides by where the file that was opened really is, so that no link leads a question elsewhere. */
export type Tells = (real: string, as: string | undefined) => Telling

/** What a release says of itself: the record, and the nginx site that it was published with. */
const ofItself = /^\/(?:app|marketing)\/releases\/[^/]+\/\.tenant\/(?:release\.json|site\.conf)$/
/** The same, where the account that deploys keeps it. */
const recorded = /^\/([a-z0-9-]+)\/(?:app|marketing)\/releases\/[^/]+\/(?:release\.json|site\.conf)$/
const environment = /^\/app\/releases\/[^/]+\/\.env\.local$/

/** The host's folders may be links themselves; the kernel names what it opened by where it is. */
export async function tellsOn(host: HeldHost): Promise<Tells> {
  const root = await realOf(host.root)
  const sites = await realOf(host.nginx.sites)
  const config = await realOf(host.nginx.config)
  const records = await realOf(host.records)
  return (real, as) => {
    if (real === config || isSite(real, sites) || isOnRecord(records, real)) return 'text'
    if (as === undefined) return host.hashed.includes(real) ? 'hash' : 'nothing'
    const own = `${root}/${as.slice(host.inventory.accounts.prefix.length)}`
    if (!real.startsWith(`${own}/`)) return 'nothing'
    const within = real.slice(own.length)
    if (ofItself.test(within)) return 'text'
    return environment.test(within) ? 'names' : 'hash'
  }
}

/** What a release said of itself when it was published, and the site that it was published with. */
export function isOnRecord(records: string, path: string): boolean {
  return path.startsWith(`${records}/`) && recorded.test(path.slice(records.length))
}

function isSite(real: string, sites: string): boolean {
  return real.startsWith(`${sites}/`) && /^[^/]+\.conf$/.test(real.slice(sites.length + 1))
}

export async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (isAbsent(error)) return path
    throw error
  }
}
