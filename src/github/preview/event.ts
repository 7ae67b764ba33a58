import { z } from 'zod'
import type { PullRequest } from './comments.ts'

// Of what GitHub sends with `pull_request`, the part that matters here.
const eventSchema = z.object({
  number: z.int().min(1),
  repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }),
  pull_request: z.object({
    user: z.object({ login: z.string() }),
    head: z.object({ sha: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
    base: z.object({ repo: z.object({ full_name: z.string() }) })
  })
})

export interface PullRequestEvent {
  at: PullRequest
  /** The commit that was pushed. */
  head: string
  /** Its runs have no secrets, and a token that only reads: it comes from a fork, or from Dependabot. */
  isRestricted: boolean
}

/** Null for any other event. */
export function pullRequestOf(event: unknown): PullRequestEvent | null {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success) return null
  const { number, repository, pull_request } = parsed.data
  const { head, base, user } = pull_request
  return {
    at: { owner: repository.owner.login, repo: repository.name, number },
    head: head.sha,
    // A fork that was deleted is null. https://docs.github.com/en/code-security/reference/supply-chain-security/dependabot-on-actions
    isRestricted: head.repo?.full_name !== base.repo.full_name || user.login === 'dependabot[bot]'
  }
}
