import { z } from 'zod'
import { sharedSecrets } from './shared-secrets.ts'
import { whole } from './text.ts'

export const FLEET_FILE = 'tenants/fleet.yml'

/** `tenants/fleet.yml`: how a change goes out to many tenants. */
export const fleetSchema = z
  .strictObject({
    at_once: whole(1, 256, 10).default(10).describe('How many tenants are deployed at once.'),
    failures: whole(1, 10_000, 1)
      .default(1)
      .describe('After so many tenants that failed, those that have not begun are not deployed.'),
    shared_secrets: sharedSecrets.describe(
      'Secrets that manifests may name beside those of their own prefix: secret name to a list of tenants, or `all`.'
    )
  })
  .meta({ title: 'The fleet: how a change goes out to many tenants' })

export type FleetFile = z.output<typeof fleetSchema>
