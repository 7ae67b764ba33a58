import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  fleetJsonSchema,
  hostJsonSchema,
  schemaText,
  tenantJsonSchema,
  type JsonSchema
} from '../../src/tenant/json-schema.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { manifestTable } from './manifest-table.ts'
import { inputsTable, outputsTable } from './readme-table.ts'
import { replaceSection } from './markdown.ts'

/** Writes what is generated: the JSON Schemas in tenants/, and the tables in README.md and docs/manifest.md. */
const read = (path: string) => readFileSync(join(checkout, path), 'utf8')
const schemas: [kind: string, schema: JsonSchema][] = [
  ['tenant', tenantJsonSchema()],
  ['host', hostJsonSchema()],
  ['fleet', fleetJsonSchema()]
]
for (const [kind, schema] of schemas) write(`tenants/${kind}.schema.json`, schemaText(schema))
write(
  'docs/manifest.md',
  schemas.reduce((page, [kind, schema]) => replaceSection(page, kind, manifestTable(schema)), read('docs/manifest.md'))
)
const actionYml = read('action.yml')
const readme = replaceSection(read('README.md'), 'inputs', inputsTable(actionYml))
write('README.md', replaceSection(readme, 'outputs', outputsTable(actionYml)))

function write(path: string, text: string): void {
  if (read(path) === text) return
  writeFileSync(join(checkout, path), text)
  process.stdout.write(`wrote ${path}\n`)
}
