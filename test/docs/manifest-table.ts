import type { JsonSchema } from '../../src/tenant/json-schema.ts'
import { table } from './markdown.ts'

interface Key {
  path: string
  schema: JsonSchema
  required: boolean
}

/** The table of every key that a manifest may hold, from its JSON Schema. */
export function manifestTable(schema: JsonSchema): string {
  return table(
    ['Key', 'What it is', 'Value', 'Default'],
    keysOf(schema).map(({ path, schema: of, required }) => [
      `\`${path}\``,
      of.description ?? '',
      valueOf(of),
      required ? '**required**' : defaultOf(of)
    ])
  )
}

/** The dotted paths of all keys: `app`, `app.domain`, … */
export function keysOf(schema: JsonSchema, above = ''): Key[] {
  const required = (schema['required'] ?? []) as string[]
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, of]) => [
    { path: `${above}${name}`, schema: of, required: required.includes(name) },
    ...keysOf(of, `${above}${name}.`)
  ])
  return [...own, ...(schema.anyOf ?? []).flatMap((one) => keysOf(one, above))]
}

function valueOf(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(valueOf).join(' or ')
  if (schema['const'] !== undefined) return `\`${String(schema['const'])}\``
  if (schema['enum'] !== undefined) return (schema['enum'] as unknown[]).map((one) => `\`${String(one)}\``).join(' or ')
  if (schema.prefixItems !== undefined)
    return `list of ${schema.prefixItems.length}: ${valueOf(schema.prefixItems[0]!)}`
  if (schema.type === 'boolean') return '`true` or `false`'
  if (schema.type === 'integer') return `${schema['minimum']} to ${schema['maximum']}`
  if (schema.type === 'array') return 'list'
  if (schema.type === 'object' && schema.properties !== undefined) return 'keys below'
  if (typeof schema.additionalProperties === 'object') return `map of ${valueOf(schema.additionalProperties)}`
  return 'text'
}

function defaultOf(schema: JsonSchema): string {
  const value = schema['default']
  if (value === undefined || schema.properties !== undefined) return ''
  if (Array.isArray(value) && value.length > 0) return value.map((one) => `\`${one}\``).join(', ')
  return typeof value === 'object' ? 'none' : `\`${String(value)}\``
}
