import { TenantError } from '../../errors.ts'
import { code, fit } from '../../report/markdown-parts.ts'
import type { Api } from '../api.ts'
import { reasonOf, statusOf } from '../api.ts'
import { bodyBytes } from '../body-bytes.ts'
import { readComment } from './read.ts'
import type { CommentCommand } from './read.ts'
import { shortened } from './shortened.ts'

/** A command whose author may give it, and who has been shown that it was seen. */
export interface TakenCommand extends CommentCommand {
  warnings: string[]
}

const writers: readonly string[] = ['admin', 'maintain', 'write']

/**
 * Takes the command of a comment; null where there is none, or where its author may not write to the repository. Then
 * nothing is done at all.
 * @throws TenantError where GitHub does not say who may
 */
export async function takeCommand(api: Api, event: unknown): Promise<TakenCommand | null> {
  const command = readComment(event)
  if (command === null || !(await mayWrite(api, command))) return null
  return { ...command, warnings: await react(api, command, 'eyes') }
}

/** Shows how a command went: a sign on the comment, and an answer below it. It does not throw: what failed is a warning. */
export async function answerCommand(
  api: Api,
  taken: TakenCommand,
  { ok, markdown }: { ok: boolean; markdown: string }
): Promise<{ url: string | null; warnings: string[] }> {
  const warnings = await react(api, taken, ok ? 'rocket' : 'confused')
  const { owner, repo, issue } = taken
  try {
    const body = answerText(taken, ok, markdown)
    const { data } = await api.rest.issues.createComment({ owner, repo, issue_number: issue, body })
    return { url: data.html_url, warnings }
  } catch (thrown) {
    return { url: null, warnings: [...warnings, `the command could not be answered: ${reasonOf(thrown)}`] }
  }
}

/** The first line is ours, so that no answer is a command. */
export function answerText({ command, lane, by }: TakenCommand, ok: boolean, markdown: string): string {
  const asked = command === 'deploy' ? `/tenant deploy ${lane}` : '/tenant doctor'
  const head = `${ok ? '✅' : '❌'} ${code(asked)}, asked for by ${code(by)}: ${ok ? 'done' : 'failed'}`
  return fit([head, (bytes) => shortened(markdown, bytes)], bodyBytes)
}

async function mayWrite(api: Api, { owner, repo, by }: CommentCommand): Promise<boolean> {
  try {
    const { data } = await api.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: by })
    // `permission` knows no more than read, write and admin; a role of the organization's own is told by it alone.
    return writers.includes(data.permission) || writers.includes(data.role_name)
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false
    throw new TenantError('github', `whether ${by} may write to ${owner}/${repo} is not known: ${reasonOf(thrown)}`, {
      where: 'GitHub',
      remedy: 'give the command again in a new comment, when GitHub answers',
      cause: thrown
    })
  }
}

async function react(api: Api, command: CommentCommand, content: 'eyes' | 'rocket' | 'confused'): Promise<string[]> {
  const { owner, repo, comment } = command
  try {
    await api.rest.reactions.createForIssueComment({ owner, repo, comment_id: comment, content })
    return []
  } catch (thrown) {
    return [`the comment could not be given the sign ${content}: ${reasonOf(thrown)}`]
  }
}
