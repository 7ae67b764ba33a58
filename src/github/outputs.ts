import { countFiles } from '../report/words.ts'
import { renderDoctorJson } from '../report/doctor-json.ts'
import type { DoctorReport } from '../report/doctor-report.ts'
import { renderJson } from '../report/json.ts'
import type { Report } from '../report/report.ts'
import { setOutput, warn } from './log.ts'

// Linux refuses to start a program with an environment variable above 128 KiB, and a report is often handed on as one.
const reportBytes = 100_000

export interface Outputs {
  changed: boolean
  'files-changed': number
  release: string
  url: string
  report: string
}

/** What later steps can read; see action.yml. */
export function outputsOf(report: Report): Outputs {
  const main = report.lanes.find((lane) => lane.lane === 'app') ?? report.lanes[0]
  const shipped = report.lanes.filter((lane) => lane.changed)
  return {
    changed: report.changed,
    'files-changed': shipped.reduce((sum, lane) => sum + countFiles(lane.files), 0),
    release: main?.release ?? '',
    url: main?.url ?? '',
    report: renderJson(report, { maxBytes: reportBytes, compact: true })
  }
}

export interface DoctorOutputs {
  /** A JSON list of names, which a matrix can be made of. */
  drifted: string
  report: string
}

/** What later steps can read of what doctor found. */
export function doctorOutputs(report: DoctorReport): DoctorOutputs {
  const drifted = report.tenants.filter(({ health }) => health === 'drifted').map(({ tenant }) => tenant)
  return {
    drifted: JSON.stringify(drifted),
    report: renderDoctorJson(report, { maxBytes: reportBytes, compact: true })
  }
}

/** Reporting never fails a deploy: outputs that can't be written become a warning. */
export function setOutputs(report: Report | DoctorReport): void {
  try {
    const outputs = report.command === 'doctor' ? doctorOutputs(report) : outputsOf(report)
    for (const [name, value] of Object.entries(outputs)) setOutput(name, value)
  } catch (error) {
    warn(`the outputs could not be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}
