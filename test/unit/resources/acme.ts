import type { FileFact } from '../../../src/facts/facts.ts'
import { hostSchema } from '../../../src/tenant/host.ts'
import { layout as layoutOf } from '../../../src/tenant/layout.ts'
import { tenantSchema } from '../../../src/tenant/schema.ts'
import { fullTenant } from '../tenant/manifest.ts'

export const host = hostSchema.parse({
  name: 'web-1',
  address: 'web-1.example',
  user: 'deploy',
  host_key: `SHA256:${'a'.repeat(43)}`
})
export const tenant = tenantSchema.parse(fullTenant())
export const layout = layoutOf(host, tenant)

export const OLD = '20261122T091500Z-0a1b2c3'
export const LIVE = '20261122T101500Z-1b2c3d4'

/** A file on the host that holds this text. */
export function file(text: string, more: Partial<FileFact> = {}): FileFact {
  return { exists: true, content: Buffer.from(text).toString('base64'), ...more }
}

export const absent: FileFact = { exists: false }
