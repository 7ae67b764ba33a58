import { createHash } from 'node:crypto'
import type { FileFact } from '../facts/facts.ts'
import type { FileRequest } from '../facts/requests.ts'
import type { Difference, EnvChanges } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import { judged, missing, type Resource } from './resource.ts'

type Q = { file: FileRequest }

/** `.env.local` of the live release: names, values by their hash, mode and owner. */
export function environmentResource(layout: Layout, values: Record<string, string>): Resource<Q> {
  return {
    address: 'app.environment',
    requests: { file: { kind: 'file', path: `${layout.lane('app').current}/.env.local`, env: true } },
    compare({ file }) {
      if (!file.exists) return missing('.env.local', `${Object.keys(values).length} names`)
      const { added, changed, removed } = envChanges(values, file)
      const differences: Difference[] = [
        ...added.map((name) => ({ attribute: name, expected: 'set', actual: 'not set' })),
        ...changed.map((name) => ({
          attribute: name,
          expected: 'the value of manifest or secrets',
          actual: 'another value'
        })),
        ...removed.map((name) => ({ attribute: name, expected: 'not set', actual: 'set' }))
      ]
      if (file.mode !== '0600')
        differences.push({ attribute: 'mode', expected: '0600', actual: file.mode ?? 'unknown' })
      if (file.owner !== layout.account)
        differences.push({ attribute: 'owner', expected: layout.account, actual: file.owner ?? 'unknown' })
      if (differences.length === 0 && file.env === undefined)
        differences.push({ attribute: '.env.local', expected: `readable by ${layout.account}`, actual: 'not readable' })
      return judged(differences)
    }
  }
}

/** Which names a new `.env.local` would add, change and remove; none of one that is there and can't be read. */
export function envChanges(values: Record<string, string>, live: FileFact): EnvChanges {
  if (live.exists && live.env === undefined) return { added: [], changed: [], removed: [] }
  const before = live.env ?? {}
  const names = Object.keys(values).sort()
  return {
    added: names.filter((name) => before[name] === undefined),
    changed: names.filter((name) => before[name] !== undefined && before[name] !== sha256(values[name]!)),
    removed: Object.keys(before)
      .filter((name) => values[name] === undefined)
      .sort()
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
