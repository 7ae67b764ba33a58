import type { Api } from '../api.ts'
import { reasonOf, statusOf } from '../api.ts'
import { isPreviewComment } from './marker.ts'

/** A pull request of a repository. */
export interface PullRequest {
  owner: string
  repo: string
  number: number
}

export interface OwnComment {
  id: number
  url: string
  body: string
}

/** Whoever the token is of: a user by name, or, with null, an app such as a workflow's own token, which may not ask. */
export async function authorOf(api: Api): Promise<string | null> {
  try {
    return (await api.rest.users.getAuthenticated()).data.login
  } catch (thrown) {
    if (statusOf(thrown) === 403 || statusOf(thrown) === 404) return null
    throw thrown
  }
}

/**
 * Our comments on a pull request, the oldest first. One that somebody else wrote is none of ours, whatever it begins
 * with: they could edit it at any time.
 */
export async function ownComments(api: Api, at: PullRequest, author: string | null): Promise<OwnComment[]> {
  const all = await api.paginate(api.rest.issues.listComments, {
    owner: at.owner,
    repo: at.repo,
    issue_number: at.number,
    per_page: 100
  })
  return all
    .filter(({ user }) => (author === null ? user?.type === 'Bot' : user?.login === author))
    .filter(({ body }) => isPreviewComment(body ?? ''))
    .map(({ id, html_url, body }) => ({ id, url: html_url, body: body ?? '' }))
    .toSorted((one, other) => one.id - other.id)
}

export interface KeptComment {
  action: 'created' | 'updated' | 'none'
  url: string | null
  warnings: string[]
}

/**
 * Writes the one comment: in place where there is one, else anew. Where two runs at once wrote two, the older one stays.
 * @param create false where a comment that is not there yet says nothing worth one
 */
export async function keepComment(api: Api, at: PullRequest, body: string, create: boolean): Promise<KeptComment> {
  const author = await authorOf(api)
  const [known, ...others] = await ownComments(api, at, author)
  const { owner, repo } = at
  if (known !== undefined) {
    const { data } = await api.rest.issues.updateComment({ owner, repo, comment_id: known.id, body })
    return { action: 'updated', url: data.html_url, warnings: await remove(api, at, others) }
  }
  if (!create) return { action: 'none', url: null, warnings: [] }
  const { data } = await api.rest.issues.createComment({ owner, repo, issue_number: at.number, body })
  const [oldest, ...newer] = await ownComments(api, at, author)
  if (oldest === undefined || newer.length === 0) return { action: 'created', url: data.html_url, warnings: [] }
  const kept = await api.rest.issues.updateComment({ owner, repo, comment_id: oldest.id, body })
  return { action: 'updated', url: kept.data.html_url, warnings: await remove(api, at, newer) }
}

/** That one of them could not be removed costs nothing but its sight. */
async function remove(api: Api, { owner, repo }: PullRequest, comments: readonly OwnComment[]): Promise<string[]> {
  const warnings: string[] = []
  for (const { id } of comments) {
    try {
      await api.rest.issues.deleteComment({ owner, repo, comment_id: id })
    } catch (thrown) {
      if (statusOf(thrown) !== 404)
        warnings.push(`a second comment could not be removed: ${reasonOf(thrown, 'pull-requests: write')}`)
    }
  }
  return warnings
}
