import { readdir } from 'node:fs/promises'
import type { Dirent } from 'node:fs'
import type { InventoryFact } from './host-facts.ts'
import type { InventoryRequest } from './requests.ts'
import { membersOf } from './accounts.ts'
import { isAbsent } from './cause.ts'
import { databasesIn } from './pooler.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

/** Where a folder is a file system of its own, fsck keeps there what it has found. */
const ofTheSystem = 'lost+found'

export async function lookAtInventory(request: InventoryRequest): Promise<InventoryFact> {
  const { root, sites, databases, units, certificates, accounts } = request
  const [users, groups, entries, ...folders] = await settled([
    readText('/etc/passwd'),
    readText('/etc/group'),
    readText(databases),
    namesIn(root, (entry) => entry.isDirectory() || entry.isSymbolicLink()),
    namesIn(sites, ({ name }) => name.endsWith('.conf')),
    namesIn(units, ({ name }) => unit.test(name)),
    // A link that takes another one's place is first made beside it.
    namesIn(certificates, ({ name }) => !name.endsWith('.new'))
  ])
  return {
    accounts: membersOf(accounts, users ?? '', groups ?? ''),
    folders: folders[0].filter((name) => name !== ofTheSystem),
    sites: folders[1],
    entries: databasesIn(entries ?? ''),
    units: folders[2].map((name) => name.replace(unit, '$1')),
    certificates: folders[3]
  }
}

const unit = /^(tenant@.+)\.service$/

async function namesIn(folder: string, isOne: (entry: Dirent) => boolean): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.flatMap((entry) => (!entry.name.startsWith('.') && isOne(entry) ? [entry.name] : [])).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}
