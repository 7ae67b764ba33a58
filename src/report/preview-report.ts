import type { LaneName, Report } from './report.ts'

/** What a preview keeps of the report of its dry run. */
export type PreviewedReport = Pick<
  Report,
  'host' | 'outcome' | 'changed' | 'exitCode' | 'run' | 'provision' | 'lanes' | 'failure'
>

/** What would ship to one tenant, as its job leaves it. */
export interface Preview {
  tenant: string
  /** The lanes that were asked for. */
  lanes: LaneName[]
  /** The commit that was looked at. */
  commit: string | null
  /** What it was compared with: what is live, or the checkout that a pull request is made against. */
  compared: 'host' | 'base'
  /** Why no host was looked at. */
  note: string | null
  report: PreviewedReport
}

/** A tenant that a pull request touches. */
export interface PlannedTenant {
  tenant: string
  /** `all`: whichever of both it has. */
  lanes: LaneName | 'all'
}

/** What a pull request would ship, from all of its tenants. */
export interface PullRequestPreview {
  /** With null where the job left nothing that can be read. */
  tenants: (PlannedTenant & { preview: Preview | null })[]
  commit: string | null
  /** Link to the workflow run. */
  run: string | null
  /** What was wrong with the files that the jobs left. */
  complaints: string[]
}
