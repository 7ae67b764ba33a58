import * as core from '@actions/core'
import { visible } from '../report/escape.ts'
import type { CommandName } from '../report/report.ts'
import { parseSecrets } from '../secrets.ts'
import { isMaskable, masksOf } from '../masks.ts'
import { redaction } from '../redaction.ts'
import { oneOf, unusable } from './input.ts'
import { githubInputs, type GithubInputs } from './github-inputs.ts'
import { previewInputs, type PreviewInputs } from './preview/inputs.ts'

const commands = [
  'provision',
  'deploy',
  'rollback',
  'releases',
  'backup',
  'backups',
  'restore',
  'check',
  'doctor',
  'doctor-plan',
  'plan',
  'comment',
  'preview',
  'preview-comment'
] as const satisfies readonly (
  CommandName | 'check' | 'doctor' | 'doctor-plan' | 'plan' | 'comment' | 'preview' | 'preview-comment'
)[]
const lanes = ['marketing', 'app', 'all'] as const
// `check` reads everything whatever else is given, so that a step's other inputs can stay.
const withLanes: readonly string[] = ['deploy', 'preview', 'rollback', 'releases', 'check']
const withDryRun: readonly string[] = ['provision', 'deploy', 'rollback', 'releases', 'check']
// They look at all tenants, or learn which one it is about.
const withoutTenant: readonly string[] = ['check', 'doctor', 'doctor-plan', 'plan', 'comment', 'preview-comment']

export interface Inputs {
  command: (typeof commands)[number]
  /** Empty where it is not needed. */
  tenant: string
  lane: (typeof lanes)[number]
  /** Of `restore`: which one. */
  backup: string | null
  dryRun: boolean
  /** Null where none was given. */
  sshKey: string | null
  /** A key that may only look. */
  lookKey: string | null
  /** Name of the secret -> its value. */
  secrets: Record<string, string>
  github: GithubInputs
  preview: PreviewInputs
  /** The folder of the checkout that holds `tenants/`, from the workspace. */
  folder: string
  warnings: string[]
}

/**
 * Reads the inputs of the action, and masks the key and every secret before anything else is printed.
 * @throws TenantError for an input that can't be used; a value of a secret is never in its text.
 */
export function readInputs(): Inputs {
  const sshKey = keyFrom('ssh-key')
  const lookKey = keyFrom('look-key')
  const secrets = parseSecrets(core.getInput('secrets'), 'input secrets')
  for (const value of Object.values(secrets)) mask(value)
  const short = Object.entries(secrets).filter(([, value]) => value !== '' && !isMaskable(value))

  const command = oneOf('command', commands, 'deploy')
  const tenant = core.getInput('tenant')
  if (tenant === '' && !withoutTenant.includes(command))
    throw unusable(
      'tenant',
      `is missing: ${command} needs one`,
      'add `tenant: <name>` to the step’s `with`; the names are the folders in tenants/'
    )
  const lane = oneOf('lane', lanes, 'all')
  if (lane !== 'all' && !withLanes.includes(command))
    throw unusable(
      'lane',
      `does not go with ${command}`,
      `leave it out, or use one of the commands ${withLanes.join(', ')}`
    )
  const dryRun = /^true$/i.test(oneOf('dry-run', ['true', 'false', 'True', 'False', 'TRUE', 'FALSE'], 'false'))
  if (dryRun && !withDryRun.includes(command))
    throw unusable('dry-run', `does not go with ${command}`, `leave it out: ${command} has no dry run`)
  return {
    command,
    tenant,
    lane,
    backup: backupFor(command),
    dryRun,
    sshKey,
    lookKey,
    secrets,
    github: githubInputs(command, tenant),
    preview: previewInputs(command),
    folder: core.getInput('folder') || '.',
    warnings: short.map(([name]) => `the value of the secret ${visible(name)} is too short to be masked in the log`)
  }
}

function keyFrom(input: string): string | null {
  const key = core.getInput(input)
  if (key === '') return null
  mask(key)
  return key
}

function backupFor(command: string): string | null {
  const backup = core.getInput('backup')
  if (command === 'restore' && backup === '')
    throw unusable('backup', 'is missing: restore needs one', 'add `backup: <id>`; the command `backups` lists them')
  if (command !== 'restore' && backup !== '')
    throw unusable('backup', `does not go with ${command}`, 'leave it out, or use the command restore')
  return backup === '' ? null : backup
}

/** The runner's own masks do not read past colours, and hide nothing in a summary, a comment or an issue. */
function mask(value: string): void {
  redaction.add([value])
  for (const text of masksOf(value)) core.setSecret(text)
}
