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
import { setTimeout as sleep } from 'node:timers/promises'
import { run, runToEnd } from './command.ts'
import { identify } from './processes.ts'

/** Told of each thing before the host makes it, so that a host which runs in place can take it away again. */
export interface Traces {
  path(path: string): void
  /** A folder that may stay as it is where there is one. */
  folder(path: string): void
  account(name: string): void
  group(name: string): void
  /** A file that will hold a service's process id. */
  service(pidFile: string): void
}

/** A host of its own leaves none: its file system and its processes end with it. */
export const noTraces: Traces = { path() {}, folder() {}, account() {}, group() {}, service() {} }

interface Entry {
  kind: Exclude<keyof Traces, 'folder'>
  name: string
}

const aside = '.before-sandbox'

/** Writes each trace to a journal first, and moves aside what already stands there. */
export function tracesIn(journal: string): Traces {
  const note = (kind: Entry['kind'], name: string) =>
    appendFileSync(journal, `${JSON.stringify({ kind, name } satisfies Entry)}\n`)
  return {
    path(path) {
      note('path', path)
      if (existsSync(path)) renameSync(path, path + aside)
    },
    folder(path) {
      if (!existsSync(path)) note('path', path)
    },
    account: (name) => note('account', name),
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
    if (existsSync(path + aside)) renameSync(path + aside, path)
  },
  async account(name) {
    if ((await runToEnd(['id', '-u', name])).code === 0) await run(['userdel', '--force', name])
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
  for (const { kind, name } of entries) if (kind === 'account') await endProcessesOf(name)
  for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
    await undo[entry.kind](entry.name)
    // Undone twice, what was there before would be taken for ours.
    writeFileSync(journal, entries.map((left) => `${JSON.stringify(left)}\n`).join(''))
  }
}
