import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { siteView } from '../../../src/resources/site-view.ts'
import { hostSchema } from '../../../src/tenant/host.ts'
import { layout } from '../../../src/tenant/layout.ts'
import { tenantSchema } from '../../../src/tenant/schema.ts'
import { codeBlocks, section } from '../../docs/markdown.ts'

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
const [tenantYml = '', hostYml = ''] = codeBlocks(page('manifest.md'), 'yaml')
const tenant = tenantSchema.parse(parse(tenantYml))
const host = hostSchema.parse(parse(hostYml))

function variables(lane: 'app' | 'marketing'): string[] {
  return Object.keys(siteView(host, tenant, layout(host, tenant), lane))
}

function listed(name: string): string[] {
  const rows = section(page('templates.md'), name)?.split('\n').slice(2) ?? []
  return rows.map((row) => row.split('`')[1] ?? row)
}

describe('docs/templates.md', () => {
  it('lists the variables of both templates', () => {
    expect(listed('common')).toEqual(variables('marketing'))
  })

  it("lists those that only the app's template has", () => {
    expect([...listed('common'), ...listed('app')]).toEqual(variables('app'))
  })
})
