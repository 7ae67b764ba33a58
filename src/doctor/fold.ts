import type { Trace } from './trace.ts'

interface Rule {
  /** The address of what is wrong. */
  cause: string
  /** It explains only where it is not there at all. */
  missing?: true
  /** It explains only where one of its differences is of this kind. */
  where?: (attribute: string) => boolean
  /** It explains only what has the very same wrong with it. */
  alike?: true
  /** What goes wrong because of it, by address; one that ends in a dot stands for all below it. */
  explains?: readonly string[]
  /** What can't be looked at because of it; that this differs as well would be a fault of its own. */
  hides?: readonly string[]
}

const lanes = ['app.', 'marketing.']
const publics = ['app.public.', 'marketing.public.']
const database = ['database', 'database.ownership', 'pgbouncer.', 'app.migrations']

/** A site that is to be another. */
function isSite(attribute: string): boolean {
  return attribute.endsWith('.conf')
}

/** One fault is one finding, and what follows from it is told beside it. A cause stands before what it explains. */
const RULES: readonly Rule[] = [
  { cause: 'host', explains: publics },
  {
    cause: 'host.packages',
    explains: ['host.nginx', 'host.nginx.test', 'host.pgbouncer', ...publics],
    hides: ['host.', ...database, 'database.role', 'certificate', ...lanes]
  },
  { cause: 'host.group', explains: ['account'] },
  {
    cause: 'account',
    missing: true,
    explains: [
      'folders',
      'records',
      'boot',
      'logs',
      'certificate',
      'certificate.issued',
      'database.role',
      ...database,
      ...lanes
    ]
  },
  { cause: 'account', hides: lanes },
  { cause: 'host.folders', explains: publics, hides: ['host.nginx.test', 'folders', 'certificate', ...lanes] },
  { cause: 'folders', missing: true, explains: lanes },
  { cause: 'folders', explains: publics, hides: lanes },
  { cause: 'records', hides: lanes },
  { cause: 'host.nginx', explains: ['host.nginx.test', 'app.site', 'marketing.site', ...publics] },
  { cause: 'logs', explains: ['host.nginx.test'] },
  { cause: 'certificate', explains: ['certificate.issued', 'host.nginx.test', ...publics] },
  { cause: 'certificate.issued', explains: ['app.public.certificate', 'marketing.public.certificate'] },
  { cause: 'database.role', missing: true, explains: [...database, 'app.process', 'app.public.'] },
  { cause: 'database.role', explains: ['pgbouncer.', 'app.process', 'app.public.'], hides: database },
  { cause: 'database', missing: true, explains: [...database, 'app.process', 'app.public.'] },
  { cause: 'database', explains: ['pgbouncer.route', 'app.process', 'app.public.'], hides: database },
  { cause: 'database.ownership', explains: ['app.process', 'app.public.'], hides: ['app.migrations'] },
  { cause: 'host.pgbouncer', explains: ['pgbouncer.', 'app.process', 'app.public.'] },
  { cause: 'pgbouncer.entry', explains: ['pgbouncer.route', 'app.process', 'app.public.'] },
  { cause: 'pgbouncer.route', explains: ['app.process', 'app.public.'] },
  { cause: 'app.migrations', explains: ['app.process', 'app.public.'] },
  { cause: 'app.release', explains: ['app.', 'marketing.widget'] },
  { cause: 'marketing.release', explains: ['marketing.'] },
  { cause: 'app.site', explains: ['host.nginx.test', 'app.public.'] },
  { cause: 'marketing.site', explains: ['host.nginx.test', 'marketing.public.'] },
  { cause: 'app.process', explains: ['app.public.'] },
  { cause: 'app.files', explains: ['app.public.assets'] },
  { cause: 'app.source', explains: ['app.public.cors', 'app.public.assets'] },
  { cause: 'app.source', where: isSite, explains: ['app.public.redirects', 'app.public.headers'] },
  { cause: 'marketing.files', explains: ['page', 'assets', 'links'].map((check) => `marketing.public.${check}`) },
  { cause: 'marketing.widget', explains: ['marketing.public.assets'] },
  { cause: 'marketing.source', explains: ['marketing.public.assets'] },
  { cause: 'marketing.source', where: isSite, explains: ['marketing.public.redirects', 'marketing.public.headers'] },
  // A tenant has one certificate for all of its domains.
  { cause: 'app.public.certificate', alike: true, explains: ['marketing.public.certificate'] }
]

/** Leaves the causes, each with what follows from it; in the order in which they came. */
export function fold(traces: readonly Trace[]): Trace[] {
  const causes: Trace[] = []
  const folded = new Map<Trace, Trace>()
  for (const one of traces) {
    const cause = causeOf(one, traces)
    if (cause === null) causes.push({ ...one, consequences: [...one.consequences] })
    else folded.set(one, cause)
  }
  const byTrace = new Map(traces.filter((one) => !folded.has(one)).map((one, at) => [one, causes[at]!]))
  for (const [one, cause] of folded) {
    let root = cause
    while (folded.has(root)) root = folded.get(root)!
    byTrace.get(root)!.consequences.push({ tenant: one.tenant, address: one.address, summary: summary(one) })
  }
  return causes
}

function causeOf(one: Trace, traces: readonly Trace[]): Trace | null {
  for (const { cause, missing, where, alike, explains = [], hides = [] } of RULES) {
    const addresses = one.verdict === 'unknown' ? [...explains, ...hides] : explains
    if (!addresses.some((address) => isBelow(one.address, address))) continue
    const found = traces.find(
      (other) =>
        other !== one &&
        other.address === cause &&
        (missing === undefined || other.verdict === 'missing') &&
        (where === undefined || other.differences.some(({ attribute }) => where(attribute))) &&
        isEnough(other, one) &&
        (alike === undefined || faultsOf(other) === faultsOf(one)) &&
        reaches(other, one)
    )
    if (found !== undefined) return found
  }
  return null
}

/** What could not be looked at explains nothing that is known to be wrong, but what waits for an answer just as we did. */
function isEnough(cause: Trace, one: Trace): boolean {
  if (cause.verdict !== 'unknown' || one.verdict === 'unknown') return true
  if (cause.address === 'host') return one.noAnswer === true
  return cause.address === 'database.role' && one.address === 'pgbouncer.route' && NO_SERVER.test(told(one))
}

/** Where PostgreSQL does not answer, PgBouncer lets its clients wait, for longer than we do, or tells how its last try ended. */
const NO_SERVER = /timeout|connect failed|server login has been failing/

function isBelow(address: string, beginning: string): boolean {
  return beginning.endsWith('.') ? address.startsWith(beginning) : address === beginning
}

/** What is the host's reaches all its tenants, and what is a tenant's its own things and the host's. */
function reaches(cause: Trace, one: Trace): boolean {
  if (cause.tenant === null || cause.tenant === one.tenant) return true
  // nginx' whole configuration fails where one file of it does, and names that file.
  return one.tenant === null && namesOf(cause).some((name) => told(one).includes(name))
}

const faultsOf = ({ differences }: Trace) =>
  JSON.stringify(differences.map(({ expected, actual }) => [expected, actual]).sort())

/** An attribute may be several files. */
const namesOf = ({ differences }: Trace) => differences.flatMap(({ attribute }) => attribute.split(', '))
const told = ({ differences, cause }: Trace) => [cause, ...differences.map(({ actual }) => actual)].join('\n')

function summary({ verdict, differences: [first], cause }: Trace): string {
  if (first === undefined) return cause ?? verdict
  return `${first.attribute}: expected ${first.expected}, found ${first.actual}`
}
