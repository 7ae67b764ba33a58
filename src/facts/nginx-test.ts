import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import type { NginxTestFact } from './host-facts.ts'
import type { NginxTestRequest } from './requests.ts'
import { isAbsent } from './cause.ts'
import { readText } from './read.ts'

const timeoutMs = 20_000
const mostSaid = 4_000

/**
 * Has nginx test its configuration, unless that would change something: it makes logs and the file with its process id
 * where they are missing, also when it only tests.
 */
export async function lookAtNginxTest(request: NginxTestRequest, searchPath: string): Promise<NginxTestFact> {
  const { command, config, sites, pidFile } = request
  const logs: string[] = []
  for (const file of [config, ...(await filesIn(sites))]) logs.push(...logsIn((await readText(file)) ?? ''))
  for (const path of new Set([pidFile, ...logs])) {
    if (!(await exists(path))) throw new Error(`nginx was not asked, as it would make ${path}, which is missing`)
  }
  const test = ['-t', '-q', '-c', config]
  // What it can't read it would also note in the log that it was built with.
  const tested = await run(command, ['-e', 'stderr', ...test], searchPath)
  // nginx before 1.19.5 knows no such option.
  return tested.said.includes('invalid option: "e"') ? run(command, test, searchPath) : tested
}

/** The sites that the main file includes. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.conf')).map((name) => `${folder}/${name}`)
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** The logs that a file of nginx' names. */
export function logsIn(config: string): string[] {
  const named = config.replaceAll(/#.*/g, '').matchAll(/\b(?:access|error)_log\s+(\/[^\s;$]+)(?=[\s;])/g)
  return [...named].map(([, path = '']) => path)
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

function run(command: string, flags: string[], searchPath: string): Promise<NginxTestFact> {
  const settings = { timeout: timeoutMs, cwd: '/', env: { PATH: searchPath }, maxBuffer: 1024 * 1024 }
  return new Promise((resolve, reject) => {
    execFile(command, flags, settings, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') {
        return reject(new Error(error.killed ? `nginx did not answer within ${timeoutMs / 1000} s` : error.message))
      }
      resolve({ accepted: !error, said: `${stdout}${stderr}`.trim().slice(0, mostSaid) })
    }).stdin?.end()
  })
}
