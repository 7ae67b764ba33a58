import { expect } from 'vitest'
import type { Failure } from '../../src/report/report.ts'
import type { Ran } from '../world/world.ts'

/** What a user is told, and with which exit code. */
export interface Expected {
  code: number
  kind: Failure['kind']
  step?: string
  message: RegExp
  where: RegExp
  remedy: RegExp
  log?: RegExp
}

/** The run ended with one error, which says all of it, and shows no password. */
export function expectFailure(ran: Ran, password: string, expected: Expected): void {
  const { code, kind, step, message, where, remedy, log } = expected
  expect(ran.code, ran.stdout + ran.stderr).toBe(code)
  expect(ran.report).toMatchObject({ outcome: 'failed', exitCode: code, lanes: [] })
  // One error, in one place.
  const failures = [ran.report.failure, ran.report.provision?.failure].filter((failure) => failure != null)
  expect(failures).toHaveLength(1)
  const [failure] = failures as [Failure]
  expect(failure.kind).toBe(kind)
  if (step !== undefined) expect(failure.step).toBe(step)
  expect(failure.message).toMatch(message)
  expect(failure.where ?? '').toMatch(where)
  expect(failure.remedy ?? '').toMatch(remedy)
  if (log !== undefined) expect(failure.log ?? '').toMatch(log)
  expect(ran.stdout + ran.stderr).not.toMatch(/\n {4}at /)
  expect(ran.stdout + ran.stderr).not.toContain(password)
}
