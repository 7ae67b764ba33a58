import { z } from 'zod'
import { show } from './complaint.ts'
import { databaseName, roleName } from './sql-names.ts'
import { listOf, rule, whole } from './text.ts'
import type { Clash } from './text.ts'
import * as value from './values.ts'

const redirects = listOf(value.domain).default([]).describe('Domains that are redirected to `domain`.')
const assets = listOf(value.urlPath).default([]).describe('Paths of files that must answer 200 once a release is live.')

const headers = rule(z.record(value.headerName, value.headerValue), (map) => {
  const names = Object.keys(map)
  return names
    .filter((name, index) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== index)
    .map((name) => ({
      path: [name],
      message: 'is given twice, in upper and lower case',
      remedy: 'keep one of the two'
    }))
})
  .default({})
  .describe('Response headers that nginx adds to every answer of this domain.')

const port = whole(1024, 65535, 4101)

const ports = rule(z.tuple([port, port]), ([one, other]) =>
  one !== undefined && one === other
    ? [{ path: [1], message: `${one} is both ports`, remedy: 'write two different ports, such as [4101, 4102]' }]
    : []
).meta({
  description: 'The two ports that the app takes turns on: the new release starts on the free one, beside the old.',
  examples: [[4101, 4102]]
})

/** Also of what was refused for not being a map. */
const names = (map: unknown) => (typeof map === 'object' && map !== null ? Object.keys(map) : [])

const app = rule(
  z.strictObject({
    domain: value.domain.describe('The public domain of the booking app.'),
    redirects,
    source: value.relativePath.describe('The folder of the app in this repository.'),
    ports,
    health: value.urlPath
      .default('/api/health')
      .describe('The path that answers 200 with the id of the running release.'),
    install: value.command.prefault('npm ci').describe('Installs the dependencies, on the host, in the new release.'),
    build: value.command.optional().describe('Builds the app, on the host, in the new release.'),
    start: value.command.describe('Starts the app; it listens on the port that PORT names.'),
    lockfile: value.relativePath
      .default('package-lock.json')
      .describe('The install is skipped where this file is the same as in the release before.'),
    cache: listOf(value.relativePath).default(['.next/cache']).describe('Folders kept from one release to the next.'),
    static: z
      .strictObject({
        from: value.relativePath.default('.next/static').describe('The folder of the built files in a release.'),
        at: value.urlPrefix.default('/_next/static/').describe('The URL path at which they are served.')
      })
      .prefault({})
      .describe('Built files that stay reachable after the next release is live, for pages that are still open.'),
    migrations: value.relativePath
      .default('migrations')
      .describe('The folder of the SQL files that are run before the new release starts.'),
    env: z.record(value.envName, value.envValue).default({}).describe('Environment of the app, in plain view.'),
    secrets: z
      .record(value.envName, value.secretName)
      .default({})
      .describe('Environment of the app whose values are secrets: variable name to secret name.'),
    headers,
    assets,
    body_limit: value.byteSize.default('10m').describe('The largest request body that nginx accepts.'),
    drain_seconds: whole(1, 600, 30).default(30).describe('How long the old process may finish what it answers.'),
    health_seconds: whole(1, 600, 60).default(60).describe('How long a new process may take to be healthy.'),
    build_minutes: whole(1, 60, 15).default(15).describe('How long the install and the build may take, each.')
  }),
  ({ env, secrets }) =>
    names(secrets)
      .filter((name) => names(env).includes(name))
      .map((name) => ({
        path: ['secrets', name],
        message: `${show(name)} is under \`env\` as well`,
        remedy: 'keep one of the two'
      }))
).describe('The booking app; leave it out where the tenant has none.')

const marketing = z
  .strictObject({
    domain: value.domain.describe('The public domain of the marketing site.'),
    redirects,
    source: z
      .union([
        value.relativePath,
        z.strictObject({
          repository: value.repository.describe('The repository to clone.'),
          ref: value.gitRef.describe('The branch, tag or commit to take.'),
          token: value.secretName.optional().describe('The secret with a token that may read a private repository.')
        })
      ])
      .describe('A folder in this repository, or a repository to clone.'),
    install: value.command.optional().describe('Installs what the build needs, where the deploy runs.'),
    build: value.command.optional().describe('Builds the site, where the deploy runs, before it is synced.'),
    output: value.relativePath.optional().describe('The folder inside the source that is shipped.'),
    widget: z
      .strictObject({
        file: value.relativePath.describe('The widget that the app builds, as a path in a release of the app.'),
        to: value.relativePath.describe('Where it is put in the site.'),
        api: value.urlPath
          .optional()
          .describe(
            "The path of the app's API that the widget calls from the marketing site; doctor asks it as a browser would."
          )
      })
      .optional()
      .describe('The booking widget; the one that the live app serves is put into the site.'),
    assets,
    headers
  })
  .describe('The marketing site; leave it out where the tenant has none.')

export const tenantSchema = rule(
  z.strictObject({
    name: value.tenantName.describe('The name of the folder that this file is in.'),
    host: value.hostName.describe('The host that serves this tenant: a file in tenants/hosts, without `.yml`.'),
    tls: z
      .union([
        z.literal('acme'),
        z.strictObject({
          certificate: value.absolutePath.describe('The certificate chain on the host.'),
          key: value.absolutePath.describe('Its private key on the host.')
        })
      ])
      .meta({
        description:
          'The certificate for all domains of the tenant: `acme`, which has it issued and renewed, or two files on the host.',
        examples: ['acme']
      }),
    database: z
      .strictObject({
        name: databaseName.describe('The database of this tenant alone.'),
        role: roleName.describe('The role that owns it.'),
        password: value.secretName.describe("The name of the secret with the role's password.")
      })
      .optional()
      .describe('The database; every tenant with an app has one.'),
    backups: z
      .strictObject({
        count: whole(1, 1000, 14).default(14).describe('How many are kept.'),
        days: whole(1, 3650, 30).default(30).describe('How old they may become; the newest is kept whatever its age.')
      })
      .prefault({})
      .describe('Which backups of the database are kept.'),
    canary: z
      .boolean()
      .default(false)
      .meta({
        description: 'Whether a change goes to this tenant first, and to the others only where it is well there.',
        examples: [true]
      }),
    app: app.optional(),
    marketing: marketing.optional()
  }),
  (tenant): Clash[] => {
    const clashes: Clash[] = []
    if (tenant.app === undefined && tenant.marketing === undefined) {
      clashes.push({ path: [], message: 'ships nothing', remedy: 'add `app`, `marketing` or both' })
    }
    if (tenant.app !== undefined && tenant.database === undefined) {
      clashes.push({ path: ['app'], message: 'has no database', remedy: 'add `database` with name, role and password' })
    }
    if (tenant.marketing?.widget !== undefined && tenant.app === undefined) {
      clashes.push({
        path: ['marketing', 'widget'],
        message: 'comes from an app, and there is none',
        remedy: 'remove `widget`, or add `app`'
      })
    }
    return clashes
  }
).meta({ title: 'A tenant: one operator with an app, a marketing site or both' })

export type Tenant = z.output<typeof tenantSchema>
export type App = NonNullable<Tenant['app']>
export type Marketing = NonNullable<Tenant['marketing']>
