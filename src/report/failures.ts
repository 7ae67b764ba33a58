import type { Failure, Report, Section } from './report.ts'

interface Part {
  failure: Failure | null
  warnings?: string[]
}

/** The parts of a run in the order in which they ran; null stands for what is outside of all of them. */
function partsOf(report: Report): [Section | null, Part | null][] {
  const { provision, lanes, backup, restore } = report
  return [
    ['provision', provision],
    ...lanes.map((lane): [Section, Part] => [lane.lane, lane]),
    ['backup', backup],
    ['restore', restore],
    [null, report]
  ]
}

export function failuresOf(report: Report): { failure: Failure; section: Section | null }[] {
  return partsOf(report).flatMap(([section, part]) =>
    part?.failure == null ? [] : [{ failure: part.failure, section }]
  )
}

export function warningsOf(report: Report): { warning: string; section: Section | null }[] {
  return partsOf(report).flatMap(([section, part]) => (part?.warnings ?? []).map((warning) => ({ warning, section })))
}
