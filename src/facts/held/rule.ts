import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Answer } from '../facts.ts'
import type { FactRequest } from '../requests.ts'
import { idsOf, ownersOf } from '../accounts.ts'
import { ifThere } from '../cause.ts'
import type { HeldHost } from './host.ts'
import { Upstreams } from './upstreams.ts'
import { isOnRecord, realOf } from './telling.ts'

/** A question that may be asked as it stands here, or what is answered in its place. */
export type Ruling = { request: FactRequest } | { answer: Answer }

/** The kernel's own: to read there may do something. */
const kernel = /^\/(?:proc|sys|dev)(?:\/|$)/
const within = '/.tenant/release.json'

/**
 * What may be asked about which place. What lies in a tenant's folder is looked at with that tenant's rights alone: it can
 * put a link there to anywhere. Ruled before anything is answered, as root: nobody has taken on other rights yet.
 */
export class Rule {
  readonly #host: HeldHost
  readonly #upstreams: Upstreams

  constructor(host: HeldHost) {
    this.#host = host
    this.#upstreams = new Upstreams(host)
  }

  /** @throws Error that says why it may not be asked */
  async of(request: FactRequest): Promise<Ruling> {
    if (request.as !== undefined) await notRoot(request.as)
    switch (request.kind) {
      case 'file':
        return this.#file(request)
      case 'tree':
        await this.#own(request.root, request.as, /^\/(?:app|marketing)\/(?:current|releases\/[^/]+)$/)
        if (request.recordedIn !== request.root + within) throw new Error(`recordedIn is not ${within} in root`)
        return { request }
      case 'releases':
        await this.#releases(request)
        return { request }
      case 'processes':
        await this.#own(request.pm2Home, request.as, /^\/pm2$/)
        return { request }
      case 'backups':
        await this.#own(request.folder, request.as, /^\/backups$/)
        return { request }
      case 'lock':
        await this.#own(request.path, request.as, /^\/lock$/)
        return { request }
      case 'probe': {
        const why = await this.#upstreams.whyNot(request)
        return why === null ? { request } : { answer: { ok: true, fact: notAsked(why) } }
      }
      case 'certificate':
        return {
          request: {
            ...request,
            certificate: await this.#steady(request.certificate),
            key: await this.#steady(request.key)
          }
        }
      default:
        return { request }
    }
  }

  /** The records belong to the account that deploys: root reads them, and a tenant's account its own log of them. */
  async #releases({ root, log, lane, as }: Extract<FactRequest, { kind: 'releases' }>): Promise<void> {
    const { records } = this.#host
    const tenant = log.startsWith(`${records}/`) ? log.slice(records.length + 1).split('/')[0]! : ''
    if (log !== `${records}/${tenant}/log`) throw new Error(`${log} is no log of what shipped`)
    if (as === undefined && root === `${records}/${tenant}/${lane}`) return
    if (this.#tenantOf(root) !== tenant) throw new Error(`${log} is another tenant's`)
    await this.#own(root, as, new RegExp(`^/${lane}$`))
  }

  async #file(request: Extract<FactRequest, { kind: 'file' }>): Promise<Ruling> {
    const { path, as } = request
    // What stands for no file at all.
    if (path === '/dev/null') return { request }
    const tenant = this.#tenantOf(path)
    if (tenant === null) {
      await this.#outside(path)
      // As root nothing is opened but what is told of: of some devices, that alone does something.
      const isOpened = as !== undefined || this.#isKnown(path)
      return { request: isOpened ? request : { kind: 'file', path, unread: true } }
    }
    if (as !== undefined) {
      await this.#own(path, as)
      return { request }
    }
    const folder = `${this.#host.root}/${tenant}`
    // Whose folder it is, and who may enter it, root sees without reading what is in it.
    const isFolder = path === folder || path === `${folder}/pm2`
    if (!isFolder) await this.#own(path, as)
    return { request: { kind: 'file', path, unread: true } }
  }

  /** The first part below the folder of all tenants; null for what lies elsewhere. */
  #tenantOf(path: string): string | null {
    return path.startsWith(`${this.#host.root}/`) ? path.slice(this.#host.root.length + 1).split('/')[0]! : null
  }

  /** A place in the folder of the tenant that it is looked at as; without an account only where there is no such folder yet. */
  async #own(path: string, as: string | undefined, place?: RegExp): Promise<void> {
    const tenant = this.#tenantOf(path)
    if (tenant === null) throw new Error(`${path} does not lie in a tenant's folder`)
    const folder = `${this.#host.root}/${tenant}`
    if (place !== undefined && !place.test(path.slice(folder.length))) throw new Error(`${path} is no such place`)
    if (as === this.#host.inventory.accounts.prefix + tenant) return
    if (as === undefined && (await isMissing(folder))) return
    throw new Error(`${path} is looked at with the rights of its tenant's account alone`)
  }

  #isKnown(path: string): boolean {
    const { nginx, hashed } = this.#host
    const isSite = path.startsWith(`${nginx.sites}/`) && path.endsWith('.conf')
    return path === nginx.config || isSite || hashed.includes(path) || isOnRecord(this.#host.records, path)
  }

  /** Where a file really is, if no tenant can put another in its place before it is opened. */
  async #steady(path: string): Promise<string> {
    await this.#outside(path)
    const real = await realOf(path)
    for (let folder = dirname(real); folder !== '/'; folder = dirname(folder)) {
      const about = await ifThere(lstat(folder))
      if (about === null) continue
      const { owner } = await ownersOf(about)
      if ((about.mode & 0o022) !== 0 || owner.startsWith(this.#host.inventory.accounts.prefix))
        throw new Error(`${path} lies where others may put another file: ${folder}`)
    }
    return real
  }

  /** Neither a tenant's nor the kernel's, wherever links lead. */
  async #outside(path: string): Promise<void> {
    for (const place of [path, await realOf(path)]) {
      if (kernel.test(place)) throw new Error(`${path} is the kernel's`)
    }
    const root = await realOf(this.#host.root)
    const leadsThere = `${await realOf(path)}/`.startsWith(`${root}/`) && path !== this.#host.root
    if (leadsThere || this.#tenantOf(path) !== null) throw new Error(`${path} lies in a tenant's folder`)
  }
}

/** An account by a tenant's name can still be root's. */
async function notRoot(account: string): Promise<void> {
  const ids = await idsOf(account).catch(() => null)
  // Without such an account, the answer itself will say so.
  if (ids?.uid === 0) throw new Error(`${account} has the rights of root`)
}

async function isMissing(path: string): Promise<boolean> {
  return (await ifThere(lstat(path))) === null
}

function notAsked(why: string) {
  return { ok: false, attempts: [{ ms: 0, error: `not asked: ${why}` }] }
}
