import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { stringify } from 'yaml'
import { asTenantError } from '../../../src/errors.ts'
import type { TenantError } from '../../../src/errors.ts'
import { loadFleet } from '../../../src/tenant/load.ts'
import type { Path } from '../../../src/tenant/source.ts'
import { fullTenant, put } from './manifest.ts'

export let root: string

/** Gives each test of a file a new repository with two tenants on one host. */
export function eachInItsRepository(): void {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tenant-load-'))
    write('tenants/acme/tenant.yml', tenant('acme', 4101))
    write('tenants/bolt/tenant.yml', tenant('bolt', 4201))
    write('tenants/hosts/web-1.yml', host())
    write('tenants/tenant.schema.json', '{}')
  })
  afterEach(() => rmSync(root, { recursive: true }))
}

export function write(file: string, content: unknown): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  const asIs = typeof content === 'string' || content instanceof Uint8Array
  writeFileSync(join(root, file), asIs ? content : stringify(content))
}

/** A tenant that shares nothing with one of another name and port. */
export function tenant(name: string, port: number, ...changes: [Path, unknown][]): unknown {
  const data = JSON.parse(JSON.stringify(fullTenant()).replaceAll('acme', name).replaceAll('ACME', name.toUpperCase()))
  put(data, ['app', 'ports'], [port, port + 1])
  for (const [path, value] of changes) put(data, path, value)
  return data
}

export function host(extra: object = {}): object {
  return { name: 'web-1', address: 'web-1.example', user: 'deploy', host_key: `SHA256:${'a'.repeat(43)}`, ...extra }
}

export function failure(run: () => unknown): TenantError {
  try {
    run()
  } catch (thrown) {
    return asTenantError(thrown)
  }
  throw new Error('nothing was thrown')
}

export const fleetLines = () => failure(() => loadFleet(root)).message.split('\n')
