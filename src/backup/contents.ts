/** What is counted, as `pg_restore --list` names it. */
const COUNTED = [
  'SCHEMA',
  'EXTENSION',
  'TABLE',
  'FOREIGN TABLE',
  'VIEW',
  'MATERIALIZED VIEW',
  'SEQUENCE',
  'TYPE',
  'DOMAIN',
  'FUNCTION',
  'PROCEDURE',
  'AGGREGATE',
  'INDEX',
  'CONSTRAINT',
  'FK CONSTRAINT',
  'TRIGGER',
  'RULE',
  'POLICY'
] as const
type Kind = (typeof COUNTED)[number]

/** Other entries that begin with the same words. */
const OTHERS = ['TABLE DATA', 'TABLE ATTACH', 'SEQUENCE SET', 'SEQUENCE OWNED BY', 'INDEX ATTACH']

const ENTRY = new RegExp(
  `^\\d+; \\d+ \\d+ (${[...OTHERS, ...COUNTED].sort((one, other) => other.length - one.length).join('|')}) (\\S+) (\\S+)`
)

/** What a dump holds, as its list says. */
export interface Contents {
  counts: Map<Kind, number>
  extensions: string[]
  /** The entries of its schemas and extensions, each with its number, its kind and what stands behind that. */
  makers: { entry: string; kind: string; rest: string }[]
  /** The database that was dumped. */
  database: string | null
}

/** Reads what `pg_restore --list` printed. */
export function readContents(list: string): Contents {
  const contents: Contents = {
    counts: new Map(),
    extensions: [],
    makers: [...list.matchAll(/^(\d+); \d+ \d+ (SCHEMA|EXTENSION) - (.*)$/gm)].map(
      ([, entry = '', kind = '', rest = '']) => ({ entry, kind, rest })
    ),
    database: /^;\s+dbname: (.*)$/m.exec(list)?.[1] ?? null
  }
  for (const line of list.split('\n')) {
    const [, kind, , name] = ENTRY.exec(line) ?? []
    const counted = COUNTED.find((known) => known === kind)
    // Every database is made with a schema `public`, which only some dumps name.
    if (counted === undefined || (counted === 'SCHEMA' && name === 'public')) continue
    contents.counts.set(counted, (contents.counts.get(counted) ?? 0) + 1)
    if (counted === 'EXTENSION') contents.extensions.push(name!)
  }
  return contents
}

/** The numbers of the entries that would make these extensions and their schemas; each name stands before its owner's. */
export function entriesOf({ makers }: Contents, extensions: readonly { name: string; schema: string }[]): string[] {
  return makers
    .filter(({ kind, rest }) =>
      extensions.some(({ name, schema }) => {
        const made = `${kind === 'SCHEMA' ? schema : name} `
        return rest.startsWith(made) && !rest.slice(made.length).includes(' ')
      })
    )
    .map(({ entry }) => entry)
}

/** Where a restored database holds another number of something than the dump, in words. */
export function contentDifferences(dumped: Contents, restored: Contents): string[] {
  return COUNTED.flatMap((kind) => {
    const [expected, actual] = [dumped.counts.get(kind) ?? 0, restored.counts.get(kind) ?? 0]
    return expected === actual ? [] : [`${kind}: ${actual} instead of ${expected}`]
  })
}
