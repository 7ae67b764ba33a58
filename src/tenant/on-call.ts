import { z } from 'zod'
import { show } from './complaint.ts'
import { listOf, rule, text } from './text.ts'
import type { Clash } from './text.ts'

const dayMs = 24 * 60 * 60_000

/** A name that GitHub gives to people; those of managed users end in an underscore and their company's short name. */
export const login = text({
  noun: 'the name of an account on GitHub',
  pattern: /^[A-Za-z0-9](?:-?[A-Za-z0-9])*(?:_[A-Za-z0-9]+)?$/,
  max: 39,
  write: 'at most 39 letters, digits and single hyphens, no hyphen at either end',
  example: 'octocat',
  remedy: (name) => (name.startsWith('@') ? 'write the name alone, without @' : undefined)
})

const day = text({
  noun: 'a day',
  pattern: /^\d{4}-\d{2}-\d{2}$/,
  max: 10,
  write: 'year, month and day',
  example: '2026-01-05',
  remedy: (value) =>
    /^\d{4}-\d{2}-\d{2}$/.test(value) && Number.isNaN(startOf(value))
      ? 'write a day that the calendar has, as year, month and day, such as 2026-01-05'
      : undefined
})

const override = rule(
  z.strictObject({
    from: day.describe('The first day, in UTC.'),
    to: day.describe('The last day, which belongs to it.'),
    login: login.describe('Who is on call on these days.')
  }),
  ({ from, to }) =>
    startOf(to) < startOf(from)
      ? [{ path: ['to'], message: `${to} is before ${from}`, remedy: 'write the earlier day under `from`' }]
      : []
)

/** Who is on call, and so is given the issues of what drifts. */
export const onCallSchema = rule(
  z.strictObject({
    fixed: listOf(login).min(1).max(10).optional().describe('Who always is: 1 to 10 accounts, in place of a rotation.'),
    rotation: z.array(login).min(1).optional().describe('Who takes turns, a week each, from Monday 00:00 UTC.'),
    starts: day.optional().describe('The Monday on which the first of the rotation begins.'),
    overrides: z
      .array(override)
      .default([])
      .describe('Days on which it is somebody else; the later entry wins where two overlap.')
  }),
  (plan): Clash[] => {
    const { fixed, rotation, starts } = plan
    const clashes: Clash[] = []
    const clash = (key: string, message: string, remedy: string) => clashes.push({ path: [key], message, remedy })
    if (fixed === undefined && rotation === undefined)
      clash('fixed', 'is missing, and so is `rotation`', 'add `fixed: [octocat]`, or `rotation` and `starts`')
    if (fixed !== undefined && rotation !== undefined)
      clash('rotation', 'is given beside `fixed`', 'keep one of the two')
    if (rotation !== undefined && starts === undefined)
      clash('starts', 'is missing: a rotation has one', 'add a Monday, such as `starts: 2026-01-05`')
    if (starts !== undefined && rotation === undefined && fixed !== undefined)
      clash('starts', 'is given without `rotation`', 'remove it, or write a rotation in place of `fixed`')
    if (starts !== undefined && isOtherThanMonday(starts))
      clash('starts', `${show(starts)} is not a Monday`, `write a Monday, such as ${mondayBefore(starts)}`)
    return clashes
  }
).meta({ title: 'Who is on call' })

export type OnCall = z.output<typeof onCallSchema>

export interface Duty {
  logins: string[]
  /** Why it is nobody, where it is nobody. */
  warning: string | null
}

/** Who is on call at this moment; null stands for a repository that does not say. */
export function onCall(plan: OnCall | null, at: Date): Duty {
  if (plan === null)
    return { logins: [], warning: 'there is no .github/on-call.yml: nobody is assigned to the issues of what drifts' }
  const instead = plan.overrides.findLast(
    ({ from, to }) => at.getTime() >= startOf(from) && at.getTime() < startOf(to) + dayMs
  )
  if (instead !== undefined) return { logins: [instead.login], warning: null }
  if (plan.fixed !== undefined) return { logins: plan.fixed, warning: null }
  const { rotation = [], starts = '' } = plan
  const week = Math.floor((at.getTime() - startOf(starts)) / (7 * dayMs))
  const whose = week < 0 ? undefined : rotation[week % rotation.length]
  if (whose !== undefined) return { logins: [whose], warning: null }
  return { logins: [], warning: `the rotation in .github/on-call.yml starts on ${starts}: nobody is assigned before` }
}

/** In ms since 1970; NaN for a day that the calendar does not have, which `Date` itself would take for one of the next month. */
function startOf(date: string): number {
  const time = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? time : NaN
}

function isOtherThanMonday(date: string): boolean {
  const time = startOf(date)
  return !Number.isNaN(time) && new Date(time).getUTCDay() !== 1
}

function mondayBefore(date: string): string {
  const time = startOf(date)
  const since = (new Date(time).getUTCDay() + 6) % 7
  return new Date(time - since * dayMs).toISOString().slice(0, 10)
}
