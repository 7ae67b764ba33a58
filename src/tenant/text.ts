import { z } from 'zod'
import { show } from './complaint.ts'

export interface TextRule {
  /** What the value has to be, with its article: completes "… is not". */
  noun: string
  pattern: RegExp
  max: number
  /** Completes "write …, such as <example>". */
  write: string
  example: string
  /** What to write instead, where more than the pattern is wrong or a better remedy is known; undefined where nothing is. */
  remedy?: (value: string) => string | undefined
  /** Somebody may have pasted a secret here: the value is not repeated in a message. */
  hushed?: boolean
}

/** Text that is held to a pattern, and whose complaint says what to write instead. */
export function text(rule: TextRule): z.ZodString {
  const { noun, pattern, max, write, example, hushed } = rule
  return z
    .string()
    .superRefine((value, ctx) => {
      const fits = value.length <= max && pattern.test(value)
      const remedy = rule.remedy?.(value) ?? (fits ? undefined : `write ${write}, such as ${example}`)
      if (remedy === undefined) return
      ctx.addIssue({
        code: 'custom',
        message: `${hushed ? 'the value' : show(value)} is not ${noun}`,
        params: { remedy }
      })
    })
    .meta({ description: capital(noun), pattern: pattern.source, maxLength: max, examples: [example] })
}

export function whole(least: number, most: number, example: number): z.ZodNumber {
  const remedy = `write a whole number from ${least} to ${most}, such as ${example}`
  return z
    .number()
    .superRefine((value, ctx) => {
      if (Number.isInteger(value) && value >= least && value <= most) return
      ctx.addIssue({
        code: 'custom',
        message: `${value} is not a whole number from ${least} to ${most}`,
        params: { remedy }
      })
    })
    .meta({ type: 'integer', minimum: least, maximum: most, examples: [example] })
}

/** Something that no schema of a single value can see, as an issue at `path`. */
export interface Clash {
  path: PropertyKey[]
  message: string
  remedy: string
}

/** A list without repetitions. */
export function listOf<T extends z.ZodType<string, string>>(item: T): z.ZodArray<T> {
  return rule(z.array(item), (list) =>
    list.flatMap((value, index) =>
      list.indexOf(value) === index
        ? []
        : [{ path: [index], message: `${show(value)} is listed twice`, remedy: 'remove one of the two' }]
    )
  )
}

/** A check on several values at once; it runs although one of them was refused, if the whole is of its type, so that all complaints come together. */
export function rule<T extends z.ZodType>(schema: T, clashes: (value: z.output<T>) => Clash[]): T {
  return schema.superRefine(
    (value, ctx) => {
      for (const { path, message, remedy } of clashes(value)) {
        ctx.addIssue({ code: 'custom', path, message, params: { remedy } })
      }
    },
    { when: ({ issues }) => !issues.some(({ code, path }) => code === 'invalid_type' && !path?.length) }
  )
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
