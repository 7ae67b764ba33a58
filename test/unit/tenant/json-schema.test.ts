import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fleetJsonSchema, hostJsonSchema, schemaText, tenantJsonSchema } from '../../../src/tenant/json-schema.ts'
import type { JsonSchema } from '../../../src/tenant/json-schema.ts'

const committed = (file: string) => readFileSync(new URL(`../../../tenants/${file}`, import.meta.url), 'utf8')

test.each([
  ['tenant.schema.json', tenantJsonSchema],
  ['host.schema.json', hostJsonSchema],
  ['fleet.schema.json', fleetJsonSchema]
])('%s is what the source makes', (file, schema) => {
  expect(committed(file), 'write it: npm run docs').toBe(schemaText(schema()))
})

test.each([
  ['tenant', tenantJsonSchema()],
  ['host', hostJsonSchema()],
  ['fleet', fleetJsonSchema()]
])('every key of a %s is described, and no map takes other keys', (_, schema) => {
  const visit = (at: JsonSchema, path: string) => {
    if (at.properties) expect(at.additionalProperties, path).toBe(false)
    for (const [key, property] of Object.entries(at.properties ?? {})) {
      expect(property.description, `${path}.${key}`).toMatch(/\S/)
      visit(property, `${path}.${key}`)
    }
    at.anyOf?.forEach((one) => visit(one, path))
  }
  visit(schema, '')
})

test('an editor reads the patterns as the source does', () => {
  const visit = (at: unknown): string[] =>
    typeof at === 'object' && at !== null
      ? Object.entries(at).flatMap(([key, value]) =>
          key === 'pattern' && typeof value === 'string' ? [value] : visit(value)
        )
      : []
  const patterns = [...visit(tenantJsonSchema()), ...visit(hostJsonSchema())]
  expect(patterns.length).toBeGreaterThan(40)
  for (const pattern of patterns) expect(() => new RegExp(pattern, 'u'), pattern).not.toThrow()
})
