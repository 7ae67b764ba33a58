import type { FileRequest, ProbeRequest, ProcessesRequest, ReleasesRequest } from '../facts/requests.ts'
import type { Difference } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import type { App } from '../tenant/schema.ts'
import { judged, missing, type Resource } from './resource.ts'

type Q = { releases: ReleasesRequest; onB: FileRequest; processes: ProcessesRequest; a: ProbeRequest; b: ProbeRequest }

/** The live release's process: online under PM2, from its own folder and on its own port, and answering with its own id. */
export function processResource(layout: Layout, app: App): Resource<Q> {
  const { root, current } = layout.lane('app')
  const probe = (port: number): ProbeRequest => ({
    kind: 'probe',
    port,
    path: app.health,
    host: app.domain,
    release: null,
    deadlineMs: 0
  })
  return {
    address: 'app.process',
    requests: {
      releases: { kind: 'releases', root, log: layout.log, lane: 'app' },
      onB: { kind: 'file', path: `${current}/${layout.marker}` },
      processes: { kind: 'processes', pm2Home: layout.pm2Home },
      a: probe(app.ports[0]),
      b: probe(app.ports[1])
    },
    compare({ releases, onB, processes, a, b }) {
      const id = releases.current
      if (id === null) return missing('process', 'a process')
      const port = String(app.ports[onB.exists ? 1 : 0])
      const found = processes.processes.find(({ name }) => name === layout.processName(id))
      if (found === undefined) return missing('process', layout.processName(id))
      const answered = (onB.exists ? b : a).attempts.at(-1)
      const differences: Difference[] = []
      const expect = (attribute: string, expected: string, actual: string) => {
        if (expected !== actual) differences.push({ attribute, expected, actual })
      }
      expect('status', 'online', found.status)
      expect('folder', layout.lane('app').release(id), found.cwd)
      expect('PORT', port, found.env['PORT'] ?? 'not set')
      expect('RELEASE_ID', id, found.env['RELEASE_ID'] ?? 'not set')
      expect(`answer on port ${port}`, `200 from ${id}`, answer(answered))
      return judged(differences)
    }
  }
}

function answer(attempt: { status?: number; release?: string; error?: string } | undefined): string {
  if (attempt?.status === undefined) return attempt?.error ?? 'none'
  return `${attempt.status} from ${attempt.release ?? 'something that names no release'}`
}
