import { z } from 'zod'
import { isTrusted, readMarker } from '../drift/marker.ts'

/** What somebody asks for in a comment on an issue of ours. */
export interface CommentCommand {
  command: 'deploy' | 'doctor'
  /** Of `deploy`. */
  lane: 'app' | 'marketing' | 'all'
  /** Whom the issue is about: a tenant, or, with `doctor` only, a host. */
  tenant: string | null
  host: string | null
  owner: string
  repo: string
  issue: number
  /** The id of the comment. */
  comment: number
  by: string
}

// Of what GitHub sends with `issue_comment`, the part that matters here.
const eventSchema = z.object({
  action: z.literal('created'),
  repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }),
  issue: z.object({
    number: z.int().min(1),
    state: z.literal('open'),
    body: z.string(),
    author_association: z.string(),
    user: z.object({ type: z.string() }),
    labels: z.array(z.object({ name: z.string() })),
    pull_request: z.null().optional()
  }),
  comment: z.object({
    id: z.int().min(1),
    body: z.string(),
    user: z.object({ login: z.string(), type: z.literal('User') })
  }),
  sender: z.object({ type: z.literal('User') })
})

const asked = /^[ \t]*\/tenant (?:(doctor)|(deploy)(?: (app|marketing|all))?)[ \t]*$/

/** Reads the event of a comment; null for whatever is no command. Who may give one is another question: see `takeCommand`. */
export function readComment(event: unknown): CommentCommand | null {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success) return null
  const { repository, issue, comment } = parsed.data
  const marker = readMarker(issue.body)
  const author = { type: issue.user.type, association: issue.author_association }
  if (!isTrusted(author) || marker?.topic !== 'drift' || !issue.labels.some(({ name }) => name === 'drift')) return null
  const [, doctor, deploy, lane] = asked.exec(comment.body.split(/\r?\n/, 1)[0] ?? '') ?? []
  const command = doctor ?? deploy
  const { kind, name } = marker.subject
  if (command === undefined || (command === 'deploy' && kind === 'host')) return null
  return {
    command: command as CommentCommand['command'],
    lane: (lane ?? 'all') as CommentCommand['lane'],
    tenant: kind === 'tenant' ? name : null,
    host: kind === 'host' ? name : null,
    owner: repository.owner.login,
    repo: repository.name,
    issue: issue.number,
    comment: comment.id,
    by: comment.user.login
  }
}
