import { ExitCode, TenantError } from '../../errors.ts'
import type { PlannedTenant, PullRequestPreview } from '../../report/preview-report.ts'
import { renderPreview } from '../../report/preview-markdown.ts'
import { reasonOf, statusOf, type Api } from '../api.ts'
import { bodyBytes } from '../body-bytes.ts'
import { print, setOutput, warn } from '../log.ts'
import { summaryBytes, writeSummary } from '../summary.ts'
import { keepComment } from './comments.ts'
import { pullRequestOf, type PullRequestEvent } from './event.ts'
import { readPreviews } from './file.ts'
import { markerLines, type ReviewedState } from './marker.ts'

export interface CommentRequest {
  /** The folder with what the preview jobs left. */
  folder: string
  planned: readonly PlannedTenant[]
  event: unknown
  /** What was checked out: on pull_request, what would be on the base branch after a merge. */
  commit: string | null
  run: string | null
}

/** Writes the one comment on a pull request, and the same into the job summary, from what the preview jobs left. */
export async function previewComment(api: Api, request: CommentRequest): Promise<number> {
  const event = pullRequestOf(request.event)
  if (event === null)
    throw new TenantError('usage', 'this run is not about a pull request', {
      where: 'command preview-comment',
      remedy: 'use it in a workflow that runs on pull_request'
    })
  const all = gathered({ ...request, commit: event.head })
  for (const complaint of all.complaints) warn(complaint)
  await writeSummary(renderPreview(all, { maxBytes: summaryBytes }))
  return comment(api, event, all, request.commit)
}

/** What the jobs left, and what is missing. */
export function gathered({ folder, planned, commit, run }: CommentRequest): PullRequestPreview {
  const { previews, complaints } = readPreviews(folder)
  const known = new Map(previews.map((preview) => [preview.tenant, preview]))
  const names = new Set(planned.map(({ tenant }) => tenant))
  const strays = previews.filter(({ tenant }) => !names.has(tenant))
  return {
    tenants: planned.map((one) => ({ ...one, preview: known.get(one.tenant) ?? null })),
    commit,
    run,
    complaints: [
      ...complaints,
      ...strays.map(({ tenant }) => `there is a preview of ${tenant}, which is not in the plan`)
    ]
  }
}

/** The comment's text, never longer than GitHub takes. */
export function commentBody(all: PullRequestPreview, commit: string | null): string {
  const markers = markerLines(stateOf(all, commit))
  return `${markers}\n\n${renderPreview(all, { maxBytes: bodyBytes - Buffer.byteLength(markers) - 2 })}`
}

function stateOf({ tenants }: PullRequestPreview, commit: string | null): ReviewedState {
  const state: ReviewedState = { version: 1, commit, tenants: {} }
  for (const { tenant, preview } of tenants) {
    const lanes = (preview?.report.lanes ?? []).filter(
      ({ failure, fingerprint }) => failure === null && fingerprint !== null
    )
    if (lanes.length > 0)
      state.tenants[tenant] = Object.fromEntries(lanes.map(({ lane, fingerprint }) => [lane, fingerprint!]))
  }
  return state
}

async function comment(
  api: Api,
  event: PullRequestEvent,
  all: PullRequestPreview,
  commit: string | null
): Promise<number> {
  const { at, head, isRestricted } = event
  try {
    const { data } = await api.rest.pulls.get({ owner: at.owner, repo: at.repo, pull_number: at.number })
    // What was reviewed stays as it was; and a later push has a run, and a comment, of its own.
    if (data.state !== 'open') return said(`#${at.number} is closed: its comment stays as it is`)
    if (data.head.sha !== head) return said(`#${at.number} has a newer push: its own run writes the comment`)
    // A pull request that ships nothing is not told so; one that did before is.
    const kept = await keepComment(api, at, commentBody(all, commit), all.tenants.length > 0)
    for (const text of kept.warnings) warn(text)
    if (kept.url !== null) setOutput('comment', kept.url)
    return said(
      kept.action === 'none' ? 'nothing ships: there is no comment to update' : `the comment is ${kept.action}`
    )
  } catch (thrown) {
    if (isRestricted && statusOf(thrown) === 403)
      return said('there is no comment: a run from a fork or of Dependabot may only read; the job summary has it all')
    throw new TenantError('github', `the comment could not be written: ${reasonOf(thrown, 'pull-requests: write')}`, {
      where: `${at.owner}/${at.repo}#${at.number}`,
      remedy: 'run the job again when GitHub answers; the job summary has it all',
      cause: thrown
    })
  }
}

function said(text: string): number {
  print(text)
  return ExitCode.ok
}
