import { execFile } from 'node:child_process'
import type { Administrator } from './requests.ts'
import { idsOf } from './accounts.ts'
import { withoutPassword } from './client.ts'
import { limit } from './limit.ts'
import { findProgram } from './tools.ts'

const timeoutMs = 30_000
// Many tenants share one server, and its connections are the tenants' first.
const inTurn = limit(4)

/** An empty search_path keeps what a tenant made in its own database out of the administrator's queries. */
const options = '-c default_transaction_read_only=on -c statement_timeout=10000 -c search_path='

/** Asks one query with one JSON document as its answer; `variables` are the values of `:'name'` in it. */
export async function askPsql(
  administrator: Administrator,
  database: string,
  query: { sql: string; variables: Record<string, string> },
  searchPath: string
): Promise<unknown> {
  const path = await findProgram('psql', searchPath)
  if (path === null) throw new Error('psql is missing')
  const { host, port, account, role, password } = administrator
  const variables = Object.entries(query.variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
  const where = ['-h', host, '-p', String(port), '-U', role, '-d', database, '-w']
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
    timeout: timeoutMs,
    maxBuffer: 16 * 1024 * 1024
  }
  const printed = await inTurn(
    () =>
      new Promise<string>((resolve, reject) => {
        const flags = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...variables, ...where]
        const child = execFile(path, flags, settings, (error, stdout, stderr) => {
          if (!error) return resolve(stdout)
          const said = stderr.trim().replace(/\s*\n\s*/g, ' ') || `psql ended with ${error.signal ?? error.code}`
          // Without a cause: Node's own error repeats the whole command line.
          reject(new Error(withoutPassword(said, password)))
        })
        // A psql that could not connect reads nothing, and says why.
        child.stdin?.on('error', () => undefined)
        child.stdin?.end(query.sql)
      })
  )
  try {
    return JSON.parse(printed) as unknown
  } catch {
    // Node's own message quotes from the text, in which there are secrets.
    throw new Error("psql's answer is not JSON")
  }
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
