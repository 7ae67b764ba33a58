import { ExitCode } from '../errors.ts'
import { renderMarkdown } from '../report/markdown.ts'
import type { Report } from '../report/report.ts'
import { surveyHosts } from '../tenant/choose.ts'
import { runsOn } from '../tenant/doctor-matrix.ts'
import { openApi } from './api.ts'
import { answerCommand, takeCommand, type TakenCommand } from './commands/respond.ts'
import { print, setOutput, warn } from './log.ts'

const ANSWER_BYTES = 50_000
export const COMMENT_OUTPUTS = ['command', 'tenant', 'host', 'lane', 'runs-on', 'answer'] as const

/**
 * Reads a comment, and sets as outputs what it asks for: `command` is empty where it is no command, or not from somebody
 * who may give one.
 */
export async function takeComment(token: string, event: unknown, repository: string): Promise<number> {
  const taken = await takeCommand(openApi(token), event)
  print(taken === null ? 'the comment is no command, or not from somebody who may write' : `taken: ${taken.command}`)
  for (const text of taken?.warnings ?? []) warn(text)
  for (const name of COMMENT_OUTPUTS) {
    setOutput(name, taken === null ? '' : valueOf(name, taken, repository))
  }
  return ExitCode.ok
}

function valueOf(name: (typeof COMMENT_OUTPUTS)[number], taken: TakenCommand, repository: string): string {
  if (name === 'answer') return JSON.stringify(taken)
  if (name !== 'runs-on') return taken[name] ?? ''
  const { hosts } = surveyHosts(repository)
  const host = hosts.find((one) => one.name === taken.host || one.tenants.includes(taken.tenant ?? ''))
  return JSON.stringify(runsOn(host ?? { kind: undefined }))
}

/** Answers the comment that asked for a deploy. */
export async function answerDeploy(token: string, taken: TakenCommand, report: Report): Promise<void> {
  const ok = report.exitCode === ExitCode.ok || report.exitCode === ExitCode.drift
  const markdown = renderMarkdown(report, { maxBytes: ANSWER_BYTES })
  for (const text of (await answerCommand(openApi(token), taken, { ok, markdown })).warnings) warn(text)
}
