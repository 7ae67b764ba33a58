import { getOctokit } from '@actions/github'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { redaction } from '../redaction.ts'

export type Api = ReturnType<typeof getOctokit>

export interface ApiOptions {
  /** Where the API is, where it is not what the runner says (`GITHUB_API_URL`). */
  baseUrl?: string
  /** How many ms a second of waiting lasts; 0 leaves out the pauses between writes. */
  secondMs?: number
}

const deadlineMs = 30_000
// The action has its own time limit; a limit that lasts an hour is one to report, not to sit out.
const longestWaitSeconds = 120
const retries = 2

/**
 * GitHub's API for one token. It waits between writes as GitHub asks for, repeats a call that met a rate limit or a fault of the
 * server a few times, and gives each try 30 s.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export function openApi(token: string, { baseUrl, secondMs = 1000 }: ApiOptions = {}): Api {
  const again = (retryAfter: number, _options: object, _api: unknown, count: number) =>
    retryAfter <= longestWaitSeconds && count < retries
  const options = {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    throttle: {
      enabled: secondMs > 0,
      retryAfterBaseValue: secondMs,
      onRateLimit: again,
      onSecondaryRateLimit: again
    },
    // 429 is the other plugin's.
    retry: { retries, retryAfterBaseValue: secondMs, doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451] },
    // What they would print can't be told from the report; a call that fails in the end is in the report.
    log: { debug: silent, info: silent, warn: silent, error: silent }
  }
  return getOctokit(token, options, redacted, deadline, retry, throttling)
}

/** What is written on GitHub: titles and texts of issues and comments. */
function redacted(octokit: { hook: { before(name: 'request', prepare: (options: Prepared) => void): unknown } }): void {
  octokit.hook.before('request', (options) => {
    if (typeof options.title === 'string') options.title = redaction.text(options.title)
    if (typeof options.body === 'string') options.body = sentBody(options.body)
  })
}

/** The text of an issue or a comment as it is sent. */
export function sentBody(body: string): string {
  // Hidden lines of ours, which the next run reads: names, numbers and hashes.
  const hidden = /^(?:<!-- tenant-deploy .* -->\n+)*/.exec(body)?.[0] ?? ''
  return hidden + redaction.text(body.slice(hidden.length))
}

/** It comes before the other two, and so counts for each try alone. */
function deadline(octokit: { hook: { before(name: 'request', prepare: (options: Prepared) => void): unknown } }): void {
  octokit.hook.before('request', (options) => {
    options.request = { ...options.request, signal: AbortSignal.timeout(deadlineMs) }
  })
}

interface Prepared {
  title?: unknown
  body?: unknown
  request?: { signal?: AbortSignal }
}

function silent(): void {}

/**
 * Why a call failed, in a line; what to do about it where that is known.
 * @param needed the permission that a job needs for it
 */
export function reasonOf(thrown: unknown, needed = 'issues: write'): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const status = statusOf(thrown)
  if (status === null) return message
  if (status === 403 && /not accessible/i.test(message)) return `${message}: give the job the permission \`${needed}\``
  if (status === 410) return `${message}: turn the issues on in the settings of the repository`
  return `${message} (HTTP ${status})`
}

/** The HTTP status that a call failed with; null where there was no answer, or it was no call that failed. */
export function statusOf(thrown: unknown): number | null {
  return thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number' ? thrown.status : null
}
