import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, runToEnd } from './command.ts'
import { identify } from './processes.ts'

/** Told of each thing before the host makes it, so that a host which runs in place can take it away again. */
export interface Traces {
  path(path: string): void
  /** A folder that may stay as it is where there is one. */
  folder(path: string): void
  account(name: string): void
  /** Every account whose name begins so; there may be none yet. */
  accounts(prefix: string): void
  /** Every link to a unit of systemd whose path begins so; there may be none yet. */
  units(prefix: string): void
  group(name: string): void
  /** A file that will hold a service's process id. */
  service(pidFile: string): void
}

/** A host of its own leaves none: its file system and its processes end with it. */
export const noTraces: Traces = {
  path() {},
  folder() {},
  account() {},
  accounts() {},
  units() {},
  group() {},
  service() {}
}

interface Entry {
  kind: Exclude<keyof Traces, 'folder'> | 'aside'
  name: string
}

const aside = '.before-sandbox'
const copying = `${aside}-copying`

/** All at once: whenever we are killed, the whole of it stands in one of the two places. */
function moveAside(path: string): void {
  try {
    renameSync(path, path + aside)
  } catch (error) {
    // A container's root is layered, and does not rename a folder of a lower layer.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    execFileSync('cp', ['-a', '--', path, path + copying])
    renameSync(path + copying, path + aside)
    rmSync(path, { recursive: true })
  }
}

/** Writes each trace to a journal first, and moves aside what already stands there. */
export function tracesIn(journal: string): Traces {
  const note = (kind: Entry['kind'], name: string) =>
    appendFileSync(journal, `${JSON.stringify({ kind, name } satisfies Entry)}\n`)
  return {
    path(path) {
      if (!existsSync(path)) return note('path', path)
      note('aside', path)
      moveAside(path)
    },
    folder(path) {
      if (!existsSync(path)) note('path', path)
    },
    account: (name) => note('account', name),
    accounts: (prefix) => note('accounts', prefix),
    units: (prefix) => note('units', prefix),
    group: (name) => note('group', name),
    service: (pidFile) => note('service', pidFile)
  }
}

function processesOf(uid: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const owned = pids.map(Number).filter((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid)
  return owned.filter((pid) => identify(pid) !== undefined)
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function accountsWith(prefix: string): Promise<string[]> {
  const names = (await run(['getent', 'passwd'])).split('\n').map((line) => line.split(':')[0] ?? '')
  return names.filter((name) => name.startsWith(prefix))
}

async function endProcessesOf(account: string): Promise<void> {
  const { code, stdout } = await runToEnd(['id', '-u', account])
  if (code !== 0) return
  for (let pids = processesOf(Number(stdout)); pids.length > 0; pids = processesOf(Number(stdout))) {
    pids.forEach(end)
    await sleep(50)
  }
}

const undo: Record<Entry['kind'], (name: string) => Promise<void>> = {
  async path(path) {
    rmSync(path, { recursive: true, force: true })
  },
  async aside(path) {
    rmSync(path + copying, { recursive: true, force: true })
    if (!existsSync(path + aside)) return
    rmSync(path, { recursive: true, force: true })
    renameSync(path + aside, path)
  },
  async account(name) {
    if ((await runToEnd(['id', '-u', name])).code === 0) await run(['userdel', '--force', name])
  },
  async accounts(prefix) {
    for (const name of await accountsWith(prefix)) await run(['userdel', '--force', name])
  },
  async units(prefix) {
    const folder = dirname(prefix)
    const names = existsSync(folder) ? readdirSync(folder) : []
    for (const name of names) if (join(folder, name).startsWith(prefix)) rmSync(join(folder, name), { recursive: true })
    // It would go on knowing those that are gone.
    if (existsSync('/run/systemd/system')) await runToEnd(['systemctl', 'daemon-reload'])
  },
  async group(name) {
    if ((await runToEnd(['getent', 'group', name])).code === 0) await run(['groupdel', name])
  },
  async service(pidFile) {
    if (!existsSync(pidFile)) return
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
    // SIGQUIT is each one's quick and orderly end: PostgreSQL frees its shared memory, nginx its sockets.
    await runToEnd(['kill', '-QUIT', String(pid)])
    for (let tries = 0; identify(pid) !== undefined; tries += 1) {
      if (tries === 50) end(pid)
      await sleep(50)
    }
  }
}

/** Takes away, last one first, what a host in place has made. */
export async function removeTraces(journal: string): Promise<void> {
  if (!existsSync(journal)) return
  const lines = readFileSync(journal, 'utf8').trim().split('\n')
  const entries = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry)
  // A running process would write again what is being removed.
  for (const { kind, name } of entries) {
    const accounts = kind === 'account' ? [name] : kind === 'accounts' ? await accountsWith(name) : []
    for (const account of accounts) await endProcessesOf(account)
  }
  for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
    await undo[entry.kind](entry.name)
    // Undone twice, what was there before would be taken for ours.
    writeFileSync(journal, entries.map((left) => `${JSON.stringify(left)}\n`).join(''))
  }
}
