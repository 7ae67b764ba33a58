import { z } from 'zod'
import type { FactRequest } from './requests.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.number().int().nonnegative()
const names = z.array(z.string())
const credential = z.strictObject({ iterations: count, salt: z.base64(), digest: sha256 }).nullable()

/** An object with free keys. Unlike z.record it keeps a key called __proto__, and the result inherits no names. */
export function named<T>(value: z.ZodType<T>) {
  return z
    .custom<object>(isObject, 'expected an object')
    .transform((object) => Object.entries(object) as unknown[])
    .pipe(z.array(z.tuple([z.string(), value])) as z.ZodType<[string, T][], unknown[]>)
    .transform((entries) => Object.setPrototypeOf(Object.fromEntries(entries), null) as Record<string, T>)
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What each kind of question is answered with, as facts.ts has it. */
export const factSchemas = {
  tree: z.strictObject({
    exists: z.boolean(),
    files: named(
      z
        .strictObject({ sha256: sha256.optional(), link: z.string().optional(), executable: z.boolean(), bytes: count })
        .refine((entry) => (entry.sha256 === undefined) !== (entry.link === undefined), 'needs a hash or a link')
    ),
    others: names.optional()
  }),
  file: z.strictObject({
    exists: z.boolean(),
    type: z.enum(['file', 'folder', 'other']).optional(),
    link: z.string().optional(),
    sha256: sha256.optional(),
    bytes: count.optional(),
    mode: z
      .string()
      .regex(/^[0-7]{4}$/)
      .optional(),
    owner: z.string().optional(),
    group: z.string().optional(),
    mtimeMs: z.number().optional(),
    content: z.base64().optional(),
    env: named(sha256).optional()
  }),
  releases: z.strictObject({
    current: z.string().nullable(),
    present: z.array(z.string()),
    log: z.array(
      z.object({
        at: z.string(),
        lane: z.string(),
        release: z.string(),
        event: z.enum(['started', 'healthy', 'published', 'failed', 'rolled-back']),
        by: z.string(),
        commit: z.string().nullable(),
        run: z.string().nullable(),
        note: z.string().optional()
      })
    )
  }),
  processes: z.strictObject({
    daemon: z.boolean(),
    nowMs: z.number(),
    processes: z.array(
      z.strictObject({
        name: z.string(),
        status: z.string(),
        pid: count,
        restarts: count,
        cwd: z.string(),
        env: named(z.string()),
        overrides: names,
        startedAtMs: z.number()
      })
    )
  }),
  probe: z.strictObject({
    ok: z.boolean(),
    attempts: z.array(
      z.strictObject({
        status: count.optional(),
        ms: count,
        release: z.string().optional(),
        error: z.string().optional(),
        foreign: names.optional()
      })
    )
  }),
  connections: z.strictObject({ established: count, listening: z.boolean() }),
  bind: z.strictObject({
    free: z.boolean(),
    refused: z.strictObject({ address: z.string(), code: z.string() }).optional(),
    listening: names,
    connected: names,
    closing: z.boolean()
  }),
  nginx: z.strictObject({
    running: z.boolean(),
    master: count,
    workers: z.array(z.strictObject({ pid: count, startedAtMs: z.number() }))
  }),
  migrations: z.strictObject({
    applied: z.array(z.strictObject({ name: z.string(), sha256: z.string(), at: z.iso.datetime() }))
  }),
  tools: named(z.string().nullable()),
  account: z.strictObject({
    exists: z.boolean(),
    uid: count.optional(),
    home: z.string().optional(),
    shell: z.string().optional(),
    group: z.string().optional(),
    groups: names.optional()
  }),
  group: z.strictObject({ exists: z.boolean() }),
  database: z.strictObject({
    role: z
      .strictObject({
        login: z.boolean(),
        superuser: z.boolean(),
        createRole: z.boolean(),
        createDatabase: z.boolean(),
        replication: z.boolean(),
        bypassRls: z.boolean(),
        memberOf: names,
        members: names,
        credential
      })
      .nullable(),
    database: z
      .strictObject({
        owner: z.string(),
        encoding: z.string(),
        allowsConnections: z.boolean(),
        connect: names,
        foreign: z.array(z.strictObject({ kind: z.string(), name: z.string(), owner: z.string() })),
        foreignCount: count
      })
      .nullable()
  }),
  pooler: z.strictObject({
    running: z.boolean(),
    config: z.strictObject({ includes: z.boolean(), settings: named(z.string()) }).nullable(),
    entry: z.string().nullable(),
    listed: z.boolean(),
    credential
  }),
  route: z.strictObject({
    connected: z.boolean(),
    database: z.string().optional(),
    user: z.string().optional(),
    error: z.string().optional()
  }),
  certificate: z.strictObject({
    exists: z.boolean(),
    names: names.optional(),
    issuer: z.string().optional(),
    selfSigned: z.boolean().optional(),
    validFromMs: z.number().optional(),
    validToMs: z.number().optional(),
    keyMatches: z.boolean().optional()
  }),
  capacity: z.strictObject({
    fileSystems: z.array(
      z.strictObject({ path: z.string(), bytes: count, bytesFree: count, inodes: count, inodesFree: count })
    )
  }),
  clock: z.strictObject({ nowMs: z.number() }),
  backups: z.strictObject({
    sidecars: z.array(z.strictObject({ id: z.string(), bytes: count.nullable(), text: z.string() }))
  }),
  lock: z.strictObject({ held: z.boolean(), told: z.string() }),
  reboot: z.strictObject({ pending: z.boolean(), packages: names }),
  'nginx-test': z.strictObject({ accepted: z.boolean(), said: z.string() }),
  inventory: z.strictObject({
    accounts: names,
    folders: names,
    sites: names,
    entries: names,
    units: names,
    certificates: names
  })
} satisfies Record<FactRequest['kind'], z.ZodType>

const line = z.strictObject({ source: z.string(), at: z.number(), text: z.string() })

/** What the collector tells of logs, as logs.ts has it. */
export const watchMessageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lines'), lines: z.array(line) }),
  z.strictObject({ kind: z.literal('trouble'), source: z.string(), cause: z.string() }),
  z.strictObject({ kind: z.literal('ready'), missing: names, cut: names })
])
