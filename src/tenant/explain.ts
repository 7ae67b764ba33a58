import type { z } from 'zod'
import { show } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import type { JsonSchema } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { valueAt } from './source.ts'
import type { Path, Source } from './source.ts'

type Issue = z.core.$ZodIssue

/** Puts each of zod's issues where it stands in the file, and says what to write instead. */
export function explain(source: Source, issues: readonly Issue[], schema: JsonSchema): Complaint[] {
  return issues.flatMap((issue) => explainOne(source, issue, issue.path, schema))
}

function explainOne(source: Source, issue: Issue, path: Path, schema: JsonSchema): Complaint[] {
  const here = below(schema, path)
  const value = valueAt(source.data, path)
  switch (issue.code) {
    case 'custom':
      return [source.complain(path, issue.message, String(issue.params?.remedy))]
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(source, [...path, key], key, here))
    case 'invalid_key':
      return issue.issues.map((inner) =>
        source.complain(
          path,
          inner.message,
          inner.code === 'custom' ? String(inner.params?.remedy) : 'rename it',
          'key'
        )
      )
    case 'invalid_union': {
      const fitting = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0 || !wrongType(inner)))
      if (value === undefined || !fitting) return [wrongKind(source, path, value, here)]
      return fitting.flatMap((inner) => explainOne(source, inner, [...path, ...inner.path], schema))
    }
    case 'invalid_value': {
      if (typeof value !== 'string') return [wrongKind(source, path, value, here)]
      const known = issue.values.map(String)
      const near = nearest(value, known)
      const remedy = near === undefined ? `write ${known.join(' or ')}` : `did you mean \`${near}\`?`
      return [source.complain(path, `${show(value)} is not ${known.join(' or ')}`, remedy)]
    }
    case 'too_small':
    case 'too_big':
      return [source.complain(path, 'has the wrong number of items', asked(here))]
    default:
      return [wrongKind(source, path, value, here)]
  }
}

function wrongType(issue: Issue): boolean {
  return issue.code === 'invalid_type'
}

function unknownKey(source: Source, path: Path, key: string, parent: JsonSchema): Complaint {
  const known = [parent, ...(parent.anyOf ?? [])].flatMap(({ properties }) => Object.keys(properties ?? {}))
  const near = nearest(key, known)
  const remedy = near === undefined ? `remove it, or write one of ${known.join(', ')}` : `did you mean \`${near}\`?`
  const name = /^[\w-]{1,40}$/.test(key) ? `\`${key}\`` : show(key)
  return source.complain(path, `unknown key ${name}`, remedy, 'key')
}

function wrongKind(source: Source, path: Path, value: unknown, here: JsonSchema): Complaint {
  const key = String(path.at(-1) ?? '')
  if (value === undefined) {
    const example = here.examples?.[0]
    const about = here.description ? ` (${here.description.replace(/\.$/, '')})` : ''
    const line = example === undefined ? key : `${key}: ${flow(example)}`
    return source.complain(path, 'is missing', `add \`${line}\`${about}`)
  }
  if (value === null) return source.complain(path, 'is empty', `${asked(here)}, or remove the key`)
  if (here.type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    // Not repeated: somebody may have written a password where its name belongs.
    return source.complain(path, `is a ${typeof value}, not text`, 'put it in quotes')
  }
  if (here.type === 'integer' && typeof value === 'string' && /^\d+$/.test(value)) {
    return source.complain(path, 'is text, not a number', `write it without quotes: ${value}`)
  }
  return source.complain(path, `is ${kindOf(value)}, not ${kind(here)}`, asked(here))
}

/** What belongs at a place, as the second half of a sentence. */
function asked(schema: JsonSchema): string {
  const example = [schema, ...(schema.anyOf ?? [])].find(({ examples }) => examples)?.examples?.[0]
  if (example !== undefined) return `write ${kind(schema)}, such as ${flow(example)}`
  if (schema.properties) return `write its keys in lines below it: ${Object.keys(schema.properties).join(', ')}`
  const item = typeof schema.items === 'object' ? schema.items.examples?.[0] : undefined
  return item === undefined ? `write ${kind(schema)}` : `write a list, such as [${flow(item)}]`
}

function kind({ type, anyOf }: JsonSchema): string {
  if (anyOf) return anyOf.map(kind).join(' or ')
  const words: Record<string, string> = {
    string: 'text',
    integer: 'a number',
    array: 'a list',
    object: 'a map',
    boolean: 'true or false'
  }
  return words[type ?? ''] ?? 'a value'
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : typeof value === 'string' ? 'text' : `a ${typeof value}`
}

function flow(example: unknown): string {
  return Array.isArray(example) ? `[${example.join(', ')}]` : String(example)
}

/** The part of a schema that speaks of this path; an empty one where none does. */
function below(schema: JsonSchema, path: Path): JsonSchema {
  return path.reduce<JsonSchema>((at, key) => {
    for (const { properties, additionalProperties, prefixItems, items } of [at, ...(at.anyOf ?? [])]) {
      const found =
        typeof key === 'number' ? (prefixItems?.[key] ?? items) : (properties?.[String(key)] ?? additionalProperties)
      if (typeof found === 'object') return found
    }
    return {}
  }, schema)
}
