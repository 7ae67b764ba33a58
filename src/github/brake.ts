import { TenantError } from '../errors.ts'
import { count } from '../report/format.ts'
import { reasonOf, type Api } from './api.ts'

/**
 * How many jobs of a run have failed in its latest attempt: one question, however many jobs there are. Listing them over
 * REST takes a call for each hundred, and a token of a workflow has a thousand calls an hour for the whole repository
 * (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
const QUERY = `query ($run: URI!) {
  resource(url: $run) {
    ... on WorkflowRun {
      checkSuite {
        checkRuns(first: 1, filterBy: { checkType: LATEST, conclusions: [FAILURE, TIMED_OUT, STARTUP_FAILURE] }) {
          totalCount
        }
      }
    }
  }
}`

interface Answer {
  resource?: { checkSuite?: { checkRuns?: { totalCount?: unknown } | null } | null } | null
}

/**
 * Refuses to begin where as many tenants of this run have failed as the fleet's file allows. Where GitHub does not say how
 * many, the deploy goes on, and a warning says so: one that fails leaves the old release serving, and one that is not begun
 * because of an outage would be missed.
 * @returns the warning; null where there is none
 * @throws TenantError where nothing more is to be deployed
 */
export async function assertFewFailures(api: Api, run: string | null, most: number): Promise<string | null> {
  const failed = await failedJobs(api, run)
  if (typeof failed === 'string')
    return `it is not known how many tenants of this run have failed, so this one is deployed: ${failed}`
  if (failed < most) return null
  throw new TenantError('github', `not deployed: ${count(failed, 'tenant')} failed, and fleet.yml stops at ${most}`, {
    where: 'tenants/fleet.yml, failures',
    remedy: 'put right what failed in the other jobs of this run, and re-run those that failed'
  })
}

/** How many, or why it is not known. */
async function failedJobs(api: Api, run: string | null): Promise<number | string> {
  if (run === null) return 'this is no run of a workflow'
  try {
    const answer = await api.graphql<Answer>(QUERY, { run })
    const found = answer.resource?.checkSuite?.checkRuns?.totalCount
    if (typeof found === 'number') return found
    return 'GitHub answered without a number; the job needs the permissions `actions: read` and `checks: read`'
  } catch (thrown) {
    return reasonOf(thrown)
  }
}
