import { resolve } from 'node:path'
import { show } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import { explain } from './explain.ts'
import { exists, readManifest } from './files.ts'
import { hostConnectionSchema, hostFileSchema, hostSchema } from './host.ts'
import type { Host, HostFile } from './host.ts'
import { hostConnectionJsonSchema, hostJsonSchema } from './json-schema.ts'
import { valueAt } from './source.ts'
import type { Source } from './source.ts'

export interface JudgedHost {
  name: string
  /** Its own file. */
  source: Source
  /** The files that say what this host is. */
  files: string[]
  complaints: Complaint[]
  /** What is known of it; its connection only if that was asked for, or is in its own file. */
  host: HostFile | undefined
  /** Set if it was asked for and nothing is missing. */
  connectable: Host | undefined
}

/** Reads a host's file and, to connect, the file that it names under `from`. */
export function judgeHost(root: string, name: string, connect: boolean): JudgedHost {
  const source = readManifest(root, `tenants/hosts/${name}.yml`)
  const judged: JudgedHost = {
    name,
    source,
    files: [source.file],
    complaints: source.complaints,
    host: undefined,
    connectable: undefined
  }
  if (source.data === undefined) return judged

  const alone = valueAt(source.data, ['from']) === undefined
  const parsed = (alone ? hostSchema : hostFileSchema).safeParse(source.data)
  if (!parsed.success) source.complaints.push(...explain(source, parsed.error.issues, hostJsonSchema()))
  const given = valueAt(source.data, ['name'])
  if (typeof given === 'string' && given !== name) {
    const message = `is ${show(given)}, but the file is ${show(`${name}.yml`)}`
    source.complaints.push(source.complain(['name'], message, 'give both the same name'))
  }
  if (!parsed.success || source.complaints.length > 0) return judged

  judged.host = onThisMachine(root, parsed.data)
  if (!connect) return judged
  const maker = parsed.data.from === undefined ? undefined : readMaker(root, parsed.data.from, source, judged)
  if (judged.complaints.length > 0) return judged

  const whole = hostSchema.safeParse(over(source.data, known(maker?.data)))
  if (whole.success) {
    judged.connectable = onThisMachine(root, whole.data)
    judged.host = judged.connectable
  } else {
    judged.complaints.push(...explain(maker ?? source, whole.error.issues, hostJsonSchema()))
  }
  return judged
}

function readMaker(root: string, from: string, source: Source, judged: JudgedHost): Source | undefined {
  if (!exists(root, from)) {
    const remedy = 'start the host that writes it (for the sandbox: npm run sandbox -- up)'
    judged.complaints.push(source.complain(['from'], `${from} does not exist`, remedy))
    return undefined
  }
  const maker = readManifest(root, from)
  judged.files.push(from)
  const parsed = maker.data === undefined ? undefined : hostConnectionSchema.safeParse(maker.data)
  const issues = parsed?.error?.issues ?? []
  judged.complaints.push(...maker.complaints, ...explain(maker, issues, hostConnectionJsonSchema()))
  return maker
}

/** What a person wrote goes before what a machine wrote; maps are merged key by key. */
function over(written: unknown, made: unknown): unknown {
  if (!isMap(written) || !isMap(made)) return written ?? made
  const keys = new Set([...Object.keys(made), ...Object.keys(written)])
  return Object.fromEntries([...keys].map((key) => [key, over(written[key], made[key])]))
}

/** Without what the maker noted for itself. */
function known(made: unknown): Record<string, unknown> {
  const keys = Object.keys(hostConnectionSchema.shape)
  return Object.fromEntries(isMap(made) ? Object.entries(made).filter(([key]) => keys.includes(key)) : [])
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Files on this machine may be named from the root of the repository. */
function onThisMachine<H extends HostFile>(root: string, host: H): H {
  const absolute = { ...host }
  for (const key of ['key_file', 'ca_file', 'secrets_file'] as const) {
    const path = host[key]
    if (path !== undefined) absolute[key] = resolve(root, path)
  }
  return absolute
}
