import * as core from '@actions/core'
import { z } from 'zod'
import type { Choice } from '../tenant/choose.ts'
import type { TakenCommand } from './commands/respond.ts'
import { redaction } from '../redaction.ts'
import { oneOf, unusable } from './input.ts'

/** What doctor, issues and comments need besides. */
export interface GithubInputs {
  /** Of `doctor`: whom to look at. */
  choice: Choice
  /** Of `doctor`: keep an issue for each tenant that drifts. */
  issues: boolean
  /** The file in which `doctor` remembers from one night to the next what it could not look at. */
  nights: string | null
  /** Null where none was given. */
  token: string | null
  /** Of `deploy` and `doctor`: the comment that asked for it, as `comment` gave it. */
  answer: TakenCommand | null
  /** Of `deploy`: how many jobs of this run may have failed before this one does not begin; null: as many as there are. */
  failures: number | null
}

const takenSchema = z.strictObject({
  command: z.enum(['deploy', 'doctor']),
  lane: z.enum(['app', 'marketing', 'all']),
  tenant: z.string().nullable(),
  host: z.string().nullable(),
  owner: z.string(),
  repo: z.string(),
  issue: z.int(),
  comment: z.int(),
  by: z.string(),
  warnings: z.array(z.string())
})

/** @throws TenantError for an input that can't be used, or that does not go with the command */
export function githubInputs(command: string, tenant: string): GithubInputs {
  const isDoctor = command === 'doctor'
  const token = core.getInput('github-token')
  if (token !== '') core.setSecret(token)
  redaction.add([token])
  const issues = oneOf('issues', ['true', 'false'], 'false') === 'true'
  const nights = core.getInput('nights')
  const hosts = words(core.getInput('host'))
  const answer = core.getInput('answer')
  const failures = failuresFor(command)
  for (const [name, isGiven] of [
    ['issues', issues],
    ['nights', nights !== ''],
    ['host', hosts.length > 0]
  ] as const)
    if (isGiven && !isDoctor) throw unusable(name, `does not go with ${command}`, 'leave it out: it is for doctor')
  if (answer !== '' && !isDoctor && command !== 'deploy')
    throw unusable('answer', `does not go with ${command}`, 'leave it out: deploy and doctor answer a comment')
  const needsToken = issues || answer !== '' || failures !== null || ['comment', 'preview-comment'].includes(command)
  if (token === '' && needsToken)
    throw unusable('github-token', 'is missing', 'add `github-token: ${{ github.token }}` to the step’s `with`')
  const tenants = words(tenant)
  if (isDoctor && tenants.length > 0 && hosts.length > 0)
    throw unusable('host', 'does not go with the input tenant', 'leave one of them out')
  return {
    choice: hosts.length > 0 ? { hosts } : tenants.length > 0 ? { tenants: [...new Set(tenants)] } : 'all',
    issues,
    nights: nights === '' ? null : nights,
    token: token === '' ? null : token,
    answer: answer === '' ? null : takenFrom(answer),
    failures
  }
}

function failuresFor(command: string): number | null {
  const text = core.getInput('failures')
  if (text === '') return null
  if (command !== 'deploy') throw unusable('failures', `does not go with ${command}`, 'leave it out: it is for deploy')
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw unusable('failures', 'is not a whole number from 1', 'hand over the output `failures` of the command `plan`')
  return Number(text)
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function takenFrom(text: string): TakenCommand {
  try {
    return takenSchema.parse(JSON.parse(text))
  } catch {
    throw unusable('answer', 'is not what the command `comment` gives', 'hand over its output `answer` as it is')
  }
}
