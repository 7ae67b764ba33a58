import * as core from '@actions/core'
import { TenantError } from '../errors.ts'
import { visible } from '../report/escape.ts'
import { parseSecrets } from '../secrets.ts'
import { isMaskable, masksOf } from '../masks.ts'

const commands = ['deploy', 'rollback', 'releases', 'check'] as const
const lanes = ['marketing', 'app', 'all'] as const

export interface Inputs {
  command: (typeof commands)[number]
  tenant: string
  lane: (typeof lanes)[number]
  dryRun: boolean
  /** Null where none was given. */
  sshKey: string | null
  /** Name of the secret -> its value. */
  secrets: Record<string, string>
  warnings: string[]
}

/**
 * Reads the inputs of the action, and masks the key and every secret before anything else is printed.
 * @throws TenantError for an input that can't be used; a value of a secret is never in its text.
 */
export function readInputs(): Inputs {
  const sshKey = core.getInput('ssh-key')
  if (sshKey !== '') mask(sshKey)
  const secrets = parseSecrets(core.getInput('secrets'), 'input secrets')
  for (const value of Object.values(secrets)) mask(value)
  const short = Object.entries(secrets).filter(([, value]) => value !== '' && !isMaskable(value))

  const tenant = core.getInput('tenant')
  if (tenant === '') {
    throw new TenantError('usage', 'the input tenant is missing', {
      where: 'input tenant',
      remedy: 'add `tenant: <name>` to the step’s `with`; the names are the folders in tenants/'
    })
  }
  return {
    command: oneOf('command', commands, 'deploy'),
    tenant,
    lane: oneOf('lane', lanes, 'all'),
    dryRun: /^true$/i.test(oneOf('dry-run', ['true', 'false', 'True', 'False', 'TRUE', 'FALSE'], 'false')),
    sshKey: sshKey === '' ? null : sshKey,
    secrets,
    warnings: short.map(([name]) => `the value of the secret ${visible(name)} is too short to be masked in the log`)
  }
}

function mask(value: string): void {
  for (const text of masksOf(value)) core.setSecret(text)
}

function oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
  const value = core.getInput(name)
  if (value === '') return fallback
  const found = allowed.find((one) => one === value)
  if (found === undefined) {
    throw new TenantError('usage', `the input ${name} is "${visible(value)}"`, {
      where: `input ${name}`,
      remedy: `use one of: ${allowed.join(', ')}`
    })
  }
  return found
}
