import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../../../src/tenant/json-schema.ts'
import { fleetSchema } from '../../../src/tenant/fleet-file.ts'
import { hostSchema } from '../../../src/tenant/host.ts'
import { tenantSchema } from '../../../src/tenant/schema.ts'
import { valueAt } from '../../../src/tenant/source.ts'
import { keysOf, manifestTable } from '../../docs/manifest-table.ts'
import { codeBlocks, section } from '../../docs/markdown.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const page = read('docs/manifest.md')
const [tenantYml = '', hostYml = '', fromYml = '', fleetYml = ''] = codeBlocks(page, 'yaml')
const schemaOf = (kind: string) => JSON.parse(read(`tenants/${kind}.schema.json`)) as JsonSchema

/** Keys of the schema that none of the examples shows. */
function unused(schema: JsonSchema, examples: unknown[]): string[] {
  const paths = keysOf(schema).map(({ path }) => path)
  return paths.filter((path) => examples.every((example) => valueAt(example, path.split('.')) === undefined))
}

describe('docs/manifest.md', () => {
  it.each(['tenant', 'host', 'fleet'])("has the table of a %s's keys that the schema gives", (kind) => {
    expect(section(page, kind)).toBe(manifestTable(schemaOf(kind)))
  })

  it('has examples that are valid', () => {
    expect(() => tenantSchema.parse(parse(tenantYml))).not.toThrow()
    expect(() => hostSchema.parse(parse(hostYml))).not.toThrow()
    expect(() => fleetSchema.parse(parse(fleetYml))).not.toThrow()
  })

  it('has a valid short example in the README', () => {
    const [, readmeYml = ''] = codeBlocks(read('README.md'), 'yaml')
    expect(() => tenantSchema.parse(parse(readmeYml))).not.toThrow()
  })

  it('shows every key in its examples', () => {
    expect(unused(schemaOf('tenant'), [parse(tenantYml)])).toEqual([])
    expect(unused(schemaOf('host'), [parse(hostYml), parse(fromYml)])).toEqual([])
    expect(unused(schemaOf('fleet'), [parse(fleetYml)])).toEqual([])
  })
})
