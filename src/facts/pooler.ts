import { basename } from 'node:path'
import type { PoolerFact } from './facts.ts'
import type { PoolerRequest } from './requests.ts'
import { readCredential } from './credential.ts'
import { readPid, readProcess, readText } from './read.ts'
import { settled } from './settled.ts'

/** A line of an ini file; an included file has its path as value. */
interface IniLine {
  section: string
  key: string
  value: string
}

const include = '%include'
const databases = 'databases'

export async function lookAtPooler(request: PoolerRequest): Promise<PoolerFact> {
  const [running, config, entries, users] = await settled([
    isRunning(request.pidFile),
    readText(request.config),
    readText(request.databases),
    readText(request.users)
  ])
  const secret = users === null ? null : findSecret(users, request.role)
  return {
    running,
    config: config === null ? null : readConfig(config, request.databases),
    entry: entries === null ? null : findEntry(entries, request.database),
    listed: secret !== null,
    credential: readCredential(secret)
  }
}

async function isRunning(pidFile: string): Promise<boolean> {
  const pid = await readPid(pidFile)
  // After a crash the file names a process that is gone, or somebody else's.
  const command = pid === null ? null : await readProcess(pid, 'cmdline')
  return basename(command?.split('\0')[0] ?? '') === 'pgbouncer'
}

export function readConfig(text: string, includes: string): NonNullable<PoolerFact['config']> {
  const lines = readIni(text)
  return {
    includes: lines.some(({ key, value }) => key === include && value === includes),
    settings: Object.fromEntries(
      lines.flatMap(({ section, key, value }) =>
        section === 'pgbouncer' && key !== include ? [[key, withoutSecrets(value)]] : []
      )
    )
  }
}

/** The last of several entries is the one that counts. The file is included below `[databases]`, whether it says so itself or not. */
export function findEntry(text: string, database: string): string | null {
  const lines = readIni(text, databases).filter(({ section, key }) => section === databases && key === database)
  const value = lines.at(-1)?.value
  return value === undefined ? null : withoutSecrets(value)
}

/** The databases that have an entry; sorted. */
export function databasesIn(text: string): string[] {
  const keys = readIni(text, databases).flatMap(({ section, key }) => (section === databases ? [key] : []))
  return [...new Set(keys)].filter((key) => key !== include).sort()
}

/** The secret of a role among lines of `"role" "secret"`, in which a quote is doubled. */
export function findSecret(text: string, role: string): string | null {
  const lines = text.matchAll(/^\s*"((?:[^"\n]|"")*)"[^"\n]*"((?:[^"\n]|"")*)"/gm)
  const own = [...lines].filter(([, name = '']) => unquoted(name) === role)
  const secret = own.at(-1)?.[2]
  return secret === undefined ? null : unquoted(secret)
}

function readIni(text: string, startsIn = ''): IniLine[] {
  let section = startsIn
  return text.split('\n').flatMap((raw) => {
    const line = raw.trim()
    const header = /^\[(.*)\]$/.exec(line)
    if (header) section = header[1] ?? ''
    if (header || line === '' || /^[;#]/.test(line)) return []
    const included = /^%include\s+(.+)$/.exec(line)?.[1]
    if (included !== undefined) return [{ section, key: include, value: included }]
    const [, quoted, bare, value] = /^(?:"((?:[^"]|"")*)"|([^\s="]+))\s*=\s*(.*)$/.exec(line) ?? []
    return value === undefined ? [] : [{ section, key: bare ?? unquoted(quoted ?? ''), value }]
  })
}

const unquoted = (text: string) => text.replaceAll('""', '"')

/** What somebody wrote into the file by hand may hold a password. */
const withoutSecrets = (value: string) => value.replace(/(passw\w*\s*=\s*)('(?:[^']|'')*'|"[^"]*"|\S+)/gi, '$1***')
