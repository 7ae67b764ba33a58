/** Nobody but a newer program of ours asks what is not known, if nobody means harm. */
export const NEWER = ' (a newer program installs its own collector: tenant provision)'

/** What is wrong with a value, as in `is no port`; null where nothing is. */
export type Check = (value: unknown) => string | null

/** The fields that a question of one kind may have, and what each is held to. */
export type Shape = Record<string, Check | { optional: Check }>

export const optional = (check: Check) => ({ optional: check })

/** The host's own, and no other. */
export const exactly =
  (own: unknown): Check =>
  (value) =>
    JSON.stringify(value) === JSON.stringify(own) ? null : "is not this host's own"

export const matching =
  (pattern: RegExp, what: string, most = 255): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most && pattern.test(value) ? null : `is not ${what}`

export const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? null
      : `is not a whole number from ${least} to ${most}`

export const yes: Check = (value) => (value === true ? null : 'is not true')

export const listOf =
  (check: Check, most: number): Check =>
  (value) => {
    if (!Array.isArray(value)) return 'is not a list'
    if (value.length > most) return `is a list of more than ${most}`
    return value.map(check).find((wrong) => wrong !== null) ?? null
  }

export const oneOf =
  (own: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && own.includes(value) ? null : "is not this host's own"

/** A path without any part that leads elsewhere; no longer than the kernel takes one. */
export const path = matching(/^\/(?!$)(?:(?!\.{1,2}(?:\/|$))[^/\0]+(?:\/(?!$)|$))+$/, 'a plain absolute path', 1024)

/**
 * The question as it is known here: its fields and no others, each held to what it may be.
 * @throws Error that says what is wrong, and repeats nothing of the value
 */
export function held(question: object, shape: Shape): Record<string, unknown> {
  const unknown = Object.keys(question).find((field) => !Object.hasOwn(shape, field))
  if (unknown !== undefined)
    throw new Error(`${JSON.stringify(unknown.slice(0, 100))} is no field that is known here${NEWER}`)
  const fields: Record<string, unknown> = {}
  for (const [field, rule] of Object.entries(shape)) {
    const value = Object.hasOwn(question, field) ? (question as Record<string, unknown>)[field] : undefined
    if (value === undefined) {
      if (typeof rule === 'function') throw new Error(`${field} is missing`)
      continue
    }
    const wrong = (typeof rule === 'function' ? rule : rule.optional)(value)
    if (wrong !== null) throw new Error(`${field} ${wrong}`)
    fields[field] = value
  }
  return fields
}
