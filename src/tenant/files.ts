import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TenantError } from '../errors.ts'
import { show } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import { FLEET_FILE } from './fleet-file.ts'
import { readSource } from './source.ts'
import type { Source } from './source.ts'

/** What lies in tenants/: the names to read, and complaints about what was put in a place where nothing would read it. */
export interface Listing {
  tenants: string[]
  hosts: string[]
  complaints: Complaint[]
}

const largest = 256 * 1024

export function listManifests(root: string): Listing {
  const listing: Listing = { tenants: [], hosts: [], complaints: [] }
  for (const entry of entries(root, 'tenants', true)) {
    if (entry.isDirectory() && entry.name !== 'hosts' && !entry.name.startsWith('.')) listing.tenants.push(entry.name)
    if (entry.isSymbolicLink()) {
      listing.complaints.push(stray(`tenants/${entry.name}`, 'put the folder itself here, not a link to it'))
    }
    if (entry.name === 'fleet.yaml') {
      listing.complaints.push(stray(`tenants/${entry.name}`, 'rename it so that it ends in .yml'))
    } else if (entry.isFile() && /\.ya?ml$/.test(entry.name) && `tenants/${entry.name}` !== FLEET_FILE) {
      const name = entry.name.replace(/\.ya?ml$/, '')
      listing.complaints.push(stray(`tenants/${entry.name}`, `move it to tenants/${name}/tenant.yml`))
    }
  }
  for (const entry of entries(root, 'tenants/hosts', false)) {
    if (entry.name.endsWith('.yml')) listing.hosts.push(entry.name.slice(0, -'.yml'.length))
    if (entry.name.endsWith('.yaml')) {
      listing.complaints.push(stray(`tenants/hosts/${entry.name}`, 'rename it so that it ends in .yml'))
    }
  }
  return listing
}

function entries(root: string, folder: string, needed: boolean) {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (thrown) {
    if (!needed && codeOf(thrown) === 'ENOENT') return []
    throw new TenantError('manifest', `the folder ${folder} cannot be read (${codeOf(thrown)})`, {
      where: join(root, folder),
      remedy: 'run this at the root of the repository that holds tenants/<name>/tenant.yml',
      cause: thrown
    })
  }
}

function stray(file: string, remedy: string): Complaint {
  return { file, line: 1, column: 1, path: '', message: 'is not read by anything', remedy }
}

/** Reads one file below the root; whatever keeps it from being read is a complaint about it. */
export function readManifest(root: string, file: string): Source {
  const path = join(root, file)
  try {
    const status = lstatSync(path)
    if (!status.isFile())
      return unreadable(file, 'is not a plain file', 'put the file itself here, not a link or a folder')
    if (status.size > largest)
      return unreadable(file, `is larger than ${largest / 1024} KiB`, 'write no more than a manifest in it')
    const bytes = readFileSync(path)
    // This also takes away a byte order mark.
    return readSource(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'ENOENT') return unreadable(file, 'does not exist', missingRemedy(root, file))
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return unreadable(file, 'is not UTF-8 text', 'save it as UTF-8')
    return unreadable(file, `cannot be read (${code})`, 'make it readable to this account')
  }
}

export function exists(root: string, file: string): boolean {
  return lstatSync(join(root, file), { throwIfNoEntry: false }) !== undefined
}

function missingRemedy(root: string, file: string): string {
  const other = file.replace(/\.yml$/, '.yaml')
  return other !== file && exists(root, other) ? `rename ${show(other)}` : 'write it, or remove the folder'
}

function unreadable(file: string, message: string, remedy: string): Source {
  const source = readSource(file, '{}')
  source.data = undefined
  source.complaints.push(source.complain([], message, remedy))
  return source
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}
