import { createHash } from 'node:crypto'
import type { FileFact } from '../../facts/facts.ts'
import type { Difference } from '../../report/report.ts'
import { judged, missing, type Comparison } from '../resource.ts'

/** A file of root's that holds exactly this text. */
export function compareTextFile(path: string, text: string, mode: string, file: FileFact): Comparison {
  if (!file.exists) return missing(path, 'a file')
  const differences: Difference[] = []
  const expect = (attribute: string, expected: string, actual = 'unknown') => {
    if (expected !== actual) differences.push({ attribute, expected, actual })
  }
  const short = (hash = 'unknown') => `sha256 ${hash.slice(0, 12)}`
  expect(path, short(createHash('sha256').update(text).digest('hex')), short(file.sha256))
  expect('owner', 'root', file.owner)
  expect('mode', mode, file.mode)
  return judged(differences)
}
