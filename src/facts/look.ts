import type { FactOf } from './facts.ts'
import type { FactRequest } from './requests.ts'
import { lookAtAccount, lookAtGroup } from './accounts.ts'
import { lookAtBackups } from './backups.ts'
import { tryToBind } from './bind.ts'
import { lookAtCapacity } from './capacity.ts'
import { lookAtCertificate } from './certificate.ts'
import { lookAtClock } from './clock.ts'
import { lookAtConnections } from './connections.ts'
import { lookAtDatabase } from './database.ts'
import { lookAtFile } from './file.ts'
import type { Tells } from './held/telling.ts'
import { lookAtInventory } from './inventory.ts'
import { lookAtLock } from './lock.ts'
import { lookAtMigrations } from './migrations.ts'
import { lookAtNginx } from './nginx.ts'
import { lookAtNginxTest } from './nginx-test.ts'
import { lookAtPooler } from './pooler.ts'
import { probe } from './probe.ts'
import { lookAtProcesses } from './processes.ts'
import { lookAtReboot } from './reboot.ts'
import { lookAtReleases } from './releases.ts'
import { lookAtRoute } from './route.ts'
import { lookAtTools } from './tools.ts'
import { lookAtTree } from './tree.ts'

export interface Surroundings {
  /** PATH of the account that asks. */
  searchPath: string
  /** When it aborts, what takes long is cut short. */
  signal?: AbortSignal
  /** What may be told of files; absent: all. */
  tells?: Tells
}

/** Finds out one fact; what can't be found out is thrown. */
export function lookAt(
  request: FactRequest,
  { searchPath, signal, tells }: Surroundings
): Promise<FactOf<FactRequest>> {
  switch (request.kind) {
    case 'tree':
      return lookAtTree(request, signal)
    case 'file':
      return lookAtFile(request, signal, tells)
    case 'releases':
      return lookAtReleases(request)
    case 'processes':
      return lookAtProcesses(request)
    case 'probe':
      return probe(request)
    case 'connections':
      return lookAtConnections(request)
    case 'bind':
      return tryToBind(request)
    case 'nginx':
      return lookAtNginx(request)
    case 'migrations':
      return lookAtMigrations(request)
    case 'tools':
      return lookAtTools(request, searchPath)
    case 'account':
      return lookAtAccount(request)
    case 'group':
      return lookAtGroup(request)
    case 'database':
      return lookAtDatabase(request, searchPath)
    case 'pooler':
      return lookAtPooler(request)
    case 'route':
      return lookAtRoute(request)
    case 'certificate':
      return lookAtCertificate(request)
    case 'capacity':
      return lookAtCapacity(request)
    case 'clock':
      return lookAtClock()
    case 'backups':
      return lookAtBackups(request)
    case 'lock':
      return lookAtLock(request)
    case 'reboot':
      return lookAtReboot()
    case 'nginx-test':
      return lookAtNginxTest(request, searchPath)
    case 'inventory':
      return lookAtInventory(request)
    default:
      throw new Error(
        `this collector does not know questions of the kind ${JSON.stringify((request as { kind?: unknown }).kind)}`
      )
  }
}
