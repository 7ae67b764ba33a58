import { z } from 'zod'
import { fleetSchema } from './fleet-file.ts'
import { hostConnectionSchema, hostFileSchema } from './host.ts'
import { onCallSchema } from './on-call.ts'
import { tenantSchema } from './schema.ts'

/** As much of a JSON Schema as ours make use of. */
export interface JsonSchema {
  type?: string
  title?: string
  description?: string
  examples?: unknown[]
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  items?: boolean | JsonSchema
  prefixItems?: JsonSchema[]
  anyOf?: JsonSchema[]
  [keyword: string]: unknown
}

/** What a tenant's file may hold, for editors and for whoever writes one. */
export const tenantJsonSchema = once(() => z.toJSONSchema(tenantSchema, { io: 'input' }) as JsonSchema)

export const hostJsonSchema = once(() => z.toJSONSchema(hostFileSchema, { io: 'input' }) as JsonSchema)

/** `tenants/fleet.yml`. */
export const fleetJsonSchema = once(() => z.toJSONSchema(fleetSchema, { io: 'input' }) as JsonSchema)

/** The file that a host's `from` names. */
export const hostConnectionJsonSchema = once(() => z.toJSONSchema(hostConnectionSchema, { io: 'input' }) as JsonSchema)

/** `.github/on-call.yml`. */
export const onCallJsonSchema = once(() => z.toJSONSchema(onCallSchema, { io: 'input' }) as JsonSchema)

/** Exactly the bytes of the committed schema files. */
export function schemaText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** Made when it is first asked for: most runs never need one, and it takes longer than reading all manifests. */
function once(make: () => JsonSchema): () => JsonSchema {
  let made: JsonSchema | undefined
  return () => (made ??= make())
}
