import { execFile } from 'node:child_process'
import type { ExecFileOptions } from 'node:child_process'
import type { Administrator } from './requests.ts'
import { idsOf } from './accounts.ts'
import { asOurselves } from './become.ts'
import { withoutPassword } from './client.ts'
import { findProgram } from './tools.ts'

const timeoutMs = 30_000

/** An empty search_path keeps what a tenant made in its own database out of the administrator's queries. */
const options = '-c default_transaction_read_only=on -c statement_timeout=10000 -c search_path='

/** What psql ends with where its connection did not come about, or broke. */
const badConnection = 2

export interface Query {
  database: string
  sql: string
  /** The values of `:'name'` in it. */
  variables: Record<string, string>
}

export interface Told {
  /** Each is the answer to one query, in their order; where one failed, of those before it. */
  lines: string[]
  /** Why there are no more. */
  error?: Error
  /** The server did not let us in, or is gone. */
  isCut: boolean
}

/** Asks queries that have a line as their answer, one after the other and each in its own database, until one fails. */
export async function runPsql(
  queries: readonly Query[],
  administrator: Administrator,
  searchPath: string
): Promise<Told> {
  const { host, port, account, role, password } = administrator
  const settings = {
    ...(await idsToBecome(account)),
    env: {
      PATH: searchPath,
      PGOPTIONS: options,
      PGCONNECT_TIMEOUT: '5',
      PGAPPNAME: 'tenant-deploy',
      PGCLIENTENCODING: 'UTF8',
      ...(password !== null && { PGPASSWORD: password })
    },
    cwd: '/',
    maxBuffer: 16 * 1024 * 1024
  }
  const { script, variables } = scriptOf(queries)
  const where = ['-h', host, '-p', String(port), '-U', role, '-d', queries[0]!.database, '-w']
  const flags = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...variables, ...where]
  const { told } = await asOurselves(async () => {
    const path = await findProgram('psql', searchPath)
    if (path === null) throw new Error('psql is missing')
    return { told: start(path, flags, settings, { script, password }) }
  })
  return told
}

function start(
  path: string,
  flags: string[],
  settings: ExecFileOptions,
  { script, password }: { script: string; password: string | null }
): Promise<Told> {
  return new Promise((resolve) => {
    const child = execFile(path, flags, { ...settings, encoding: 'utf8' }, (error, stdout, stderr) => {
      clearTimeout(timer)
      // What stands behind the last line's end was cut off.
      const whole = error ? stdout.slice(0, stdout.lastIndexOf('\n') + 1) : stdout
      const lines = whole.split('\n').filter((line) => line !== '')
      if (!error) return resolve({ lines, isCut: false })
      const said = stderr.trim().replace(/\s*\n\s*/g, ' ') || `psql ended with ${error.signal ?? error.code}`
      // Without a cause: Node's own error repeats the whole command line.
      resolve({ lines, error: new Error(withoutPassword(said, password)), isCut: error.code === badConnection })
    })
    // As another account we may not end it.
    const timer = setTimeout(() => void asOurselves(async () => void child.kill()), timeoutMs)
    // A psql that could not connect reads nothing, and says why.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(script)
  })
}

/** Each query has variables of its own, and psql itself puts the quotes around what they hold. */
function scriptOf(queries: readonly Query[]): { script: string; variables: string[] } {
  const variables: string[] = []
  const set = (name: string, value: string) => variables.push('-v', `${name}=${value}`)
  const parts = queries.map(({ database, sql, variables: own }, at) => {
    for (const [name, value] of Object.entries(own)) set(`${name}_${at}`, value)
    const text = sql.replaceAll(/:'(\w+)'/g, (_, name: string) => `:'${name}_${at}'`)
    if (at === 0 || database === queries[at - 1]!.database) return text
    set(`in_${at}`, database)
    return `\\connect -reuse-previous=on :"in_${at}"\n${text}`
  })
  return { script: parts.join('\n'), variables }
}

/** What to start psql with as that account; nothing where this process is that account already. */
async function idsToBecome(account: string | null): Promise<{ uid?: number; gid?: number }> {
  if (account === null) return {}
  const ids = await idsOf(account)
  const own = process.getuid?.()
  if (own === ids.uid) return {}
  if (own !== 0) throw new Error(`only root and ${account} itself can ask PostgreSQL as ${account}`)
  return ids
}
