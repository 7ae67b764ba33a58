import * as core from '@actions/core'
import { TenantError } from '../errors.ts'
import { visible } from '../report/escape.ts'

/** @throws TenantError for a value that is none of these */
export function oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
  const value = core.getInput(name)
  if (value === '') return fallback
  const found = allowed.find((one) => one === value)
  if (found === undefined) {
    throw unusable(name, `is "${visible(value)}"`, `use one of: ${allowed.join(', ')}`)
  }
  return found
}

/** An input that can't be used: which one, why, and what to write instead. */
export function unusable(name: string, what: string, remedy: string): TenantError {
  return new TenantError('usage', `the input ${name} ${what}`, { where: `input ${name}`, remedy })
}
