import type { LaneName } from '../report/report.ts'
import { valueAt } from './source.ts'
import type { JudgedTenant } from './survey.ts'

/**
 * The folders of this repository that a tenant ships from, as its file says it, with faults or without. A marketing site
 * that is a repository of its own has none here: it ships when it says so, or when its manifest changes.
 */
export function laneFolders({ source }: Pick<JudgedTenant, 'source'>): { lane: LaneName; folder: string }[] {
  return (['app', 'marketing'] as const).flatMap((lane) => {
    const folder = valueAt(source.data, [lane, 'source'])
    return typeof folder === 'string' ? [{ lane, folder }] : []
  })
}
