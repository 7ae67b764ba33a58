import { pathsSince, sourcesOf, type Checkout } from '../../preview/between.ts'
import type { Report } from '../../report/report.ts'
import { FINGERPRINT_PARTS, type Fingerprint, type Review, type ReviewedLane } from '../../report/review-report.ts'
import { loadOffline } from '../../tenant/load.ts'
import type { Api } from '../api.ts'
import { reasonOf, statusOf } from '../api.ts'
import { authorOf, ownComments } from './comments.ts'
import { readState, type ReviewedState } from './marker.ts'

export interface Shipped {
  owner: string
  repo: string
  /** The commit that was pushed. */
  commit: string
  checkout: Checkout
}

const mostPaths = 20
// Nobody waits long for a note.
const mostMs = 90_000

/** Whether a deploy has shipped what was reviewed. It does not throw, and fails no deploy: what is not known it says. */
export async function reviewOf(api: Api, shipped: Shipped, report: Report, limitMs = mostMs): Promise<Review> {
  const unknown = (why: string): Review => ({ pullRequest: null, url: null, commit: null, lanes: [], unknown: why })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Review>((resolve) => {
    timer = setTimeout(() => resolve(unknown(`GitHub did not answer within ${limitMs / 1000} s`)), limitMs)
  })
  try {
    return await Promise.race([review(api, shipped, report), late])
  } catch (thrown) {
    return unknown(reasonOf(thrown, 'pull-requests: read'))
  } finally {
    clearTimeout(timer)
  }
}

async function review(api: Api, shipped: Shipped, report: Report): Promise<Review> {
  const pull = await pullRequestOf(api, shipped)
  if (pull === null) return { pullRequest: null, url: null, commit: null, lanes: [], unknown: null }
  const { owner, repo } = shipped
  const comments = await ownComments(api, { owner, repo, number: pull.number }, await authorOf(api))
  const [state] = comments.flatMap(({ body }) => readState(body) ?? [])
  const found: Review = {
    pullRequest: pull.number,
    url: pull.url,
    commit: state?.commit ?? null,
    lanes: [],
    unknown: null
  }
  if (state === undefined || found.commit === null) return found
  for (const { lane, changed, fingerprint: shown, failure } of report.lanes) {
    if (shown === null || failure !== null) continue
    const reviewed = state.tenants[report.tenant]?.[lane] ?? null
    // A run that shipped nothing, as one that is run again, has found what was reviewed to be live already.
    const fingerprint = changed ? shown : { ...shown, host: reviewed?.host ?? null }
    found.lanes.push(await compared(shipped, report.tenant, { lane, fingerprint, reviewed, state }))
  }
  return found
}

async function compared(
  { checkout }: Shipped,
  tenant: string,
  {
    lane,
    fingerprint,
    reviewed,
    state
  }: { lane: ReviewedLane['lane']; fingerprint: Fingerprint; reviewed: Fingerprint | null; state: ReviewedState }
): Promise<ReviewedLane> {
  const plain = { lane, parts: [], paths: null, morePaths: 0 }
  if (reviewed === null) return { ...plain, verdict: 'unknown' }
  // Where no host was looked at, nothing is said of it.
  const parts = FINGERPRINT_PARTS.filter((part) => reviewed[part] !== null && reviewed[part] !== fingerprint[part])
  if (parts.length === 0) return { ...plain, verdict: 'same' }
  const loaded = loadOffline(checkout.folder, tenant)
  const paths = loaded === null ? null : await pathsSince(checkout, state.commit!, sourcesOf(loaded.tenant, lane))
  const morePaths = Math.max(0, (paths?.length ?? 0) - mostPaths)
  return { lane, verdict: 'differs', parts, paths: paths?.slice(0, mostPaths) ?? null, morePaths }
}

/** The merged pull request that the commit came with. */
async function pullRequestOf(
  api: Api,
  { owner, repo, commit }: Shipped
): Promise<{ number: number; url: string } | null> {
  const pulls = await associated(api, { owner, repo, commit })
  const merged = pulls.filter(({ merged_at }) => merged_at !== null)
  const found = merged.find(({ merge_commit_sha }) => merge_commit_sha === commit) ?? merged[0]
  return found === undefined ? null : { number: found.number, url: found.html_url }
}

/** https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit; not every server has it. */
async function associated(api: Api, { owner, repo, commit }: { owner: string; repo: string; commit: string }) {
  try {
    const { data } = await api.rest.repos.listPullRequestsAssociatedWithCommit({ owner, repo, commit_sha: commit })
    return data
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown
  }
  const { data } = await api.rest.pulls.list({
    owner,
    repo,
    state: 'closed',
    sort: 'updated',
    direction: 'desc',
    per_page: 100
  })
  return data.filter(({ merge_commit_sha }) => merge_commit_sha === commit)
}
