import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, open, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ToolsFact } from './facts.ts'
import type { ToolsRequest } from './requests.ts'
import { limit } from './limit.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

const timeoutMs = 5_000
const inTurn = limit(4)
/** Where daemons are installed; an account other than root often has these not in its PATH. */
const daemonFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']
/** `pm2 --version` starts a daemon. */
const neverRun = ['pm2']
const unsaid = 'does not say its version'

export async function lookAtTools({ names, presenceOnly }: ToolsRequest, searchPath: string): Promise<ToolsFact> {
  const find = async (name: string) => ((await findProgram(name, searchPath)) === null ? null : '')
  const look = presenceOnly === true ? find : (name: string) => versionOf(name, searchPath)
  const versions = names.map(async (name) => [name, await inTurn(() => look(name))] as const)
  return Object.fromEntries(await settled(versions))
}

/** The path of the program that a name stands for; null where there is none. */
export async function findProgram(name: string, searchPath: string): Promise<string | null> {
  if (!/^[\w][\w.+-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a program`)
  const folders = [...searchPath.split(':').filter((folder) => folder.startsWith('/')), ...daemonFolders]
  for (const folder of folders) if (await isProgram(`${folder}/${name}`)) return `${folder}/${name}`
  return null
}

async function versionOf(name: string, searchPath: string): Promise<string | null> {
  const path = await findProgram(name, searchPath)
  if (path === null) return null
  return (await packageVersion(path)) ?? (neverRun.includes(name) ? unsaid : await saidVersion(path, name))
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/**
 * A program that is a script of an npm package is looked up, not run: npm and pm2 write into the
 * account's home whenever they start.
 */
async function packageVersion(path: string): Promise<string | null> {
  const script = await realpath(path)
  if (!/^#!.*\bnode\b/.test(await firstBytes(script))) return null
  for (let folder = dirname(script); folder !== '/'; folder = dirname(folder)) {
    const text = await readText(`${folder}/package.json`)
    const version = text === null ? undefined : (JSON.parse(text) as { version?: unknown }).version
    if (typeof version === 'string') return version
  }
  return null
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0)
    return buffer.toString('latin1', 0, bytesRead).split('\n')[0] ?? ''
  } finally {
    await file.close()
  }
}

/** The first line that the program says of its version, wherever it says it; null where it can't be started. */
async function saidVersion(path: string, name: string): Promise<string | null> {
  const flag = name === 'nginx' ? '-v' : '--version'
  return new Promise((resolve) => {
    execFile(path, [flag], { timeout: timeoutMs, cwd: '/', maxBuffer: 1024 * 1024 }, (error, stdout, stderr) => {
      const cannotStart = error && (typeof error.code === 'string' || error.code === 126 || error.code === 127)
      const line = `${stdout}\n${stderr}`.split('\n').find((text) => text.trim() !== '')
      resolve(cannotStart ? null : (line?.trim() ?? unsaid))
    }).stdin?.end()
  })
}
