import type { Answer, FactOf } from './facts.ts'
import type { FactRequest } from './requests.ts'
import { lookAtAccount, lookAtGroup } from './accounts.ts'
import { causeOf } from './cause.ts'
import { lookAtCertificate } from './certificate.ts'
import { lookAtConnections } from './connections.ts'
import { lookAtDatabase } from './database.ts'
import { lookAtFile } from './file.ts'
import { lookAtMigrations } from './migrations.ts'
import { lookAtNginx } from './nginx.ts'
import { lookAtPooler } from './pooler.ts'
import { probe } from './probe.ts'
import { lookAtProcesses } from './processes.ts'
import { lookAtReleases } from './releases.ts'
import { lookAtRoute } from './route.ts'
import { lookAtTools } from './tools.ts'
import { lookAtTree } from './tree.ts'

export interface Surroundings {
  /** PATH of the account that asks. */
  searchPath: string
}

/** Answers every question by itself, all at once: one that fails says why, and the others go on. */
export async function answerAll(
  requests: Record<string, FactRequest>,
  surroundings: Surroundings
): Promise<Record<string, Answer>> {
  const answers = Object.entries(requests).map(async ([name, request]): Promise<[string, Answer]> => {
    try {
      return [name, { ok: true, fact: await lookAt(request, surroundings) }]
    } catch (error) {
      return [name, { ok: false, cause: causeOf(error) }]
    }
  })
  return Object.fromEntries(await Promise.all(answers))
}

function lookAt(request: FactRequest, { searchPath }: Surroundings): Promise<FactOf<FactRequest>> {
  switch (request.kind) {
    case 'tree':
      return lookAtTree(request)
    case 'file':
      return lookAtFile(request)
    case 'releases':
      return lookAtReleases(request)
    case 'processes':
      return lookAtProcesses(request)
    case 'probe':
      return probe(request)
    case 'connections':
      return lookAtConnections(request)
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
    default:
      throw new Error(
        `this collector does not know questions of the kind ${JSON.stringify((request as { kind?: unknown }).kind)}`
      )
  }
}
