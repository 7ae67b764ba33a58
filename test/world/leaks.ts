import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Every form in which a secret could turn up: as it is, each of its lines, in JSON, in a URL, in base64. */
export function formsOf(secret: string): string[] {
  const texts = [secret, ...secret.split('\n').map((line) => line.trim())].filter((text) => text.length >= 8)
  return [
    ...new Set(
      texts.flatMap((text) => [
        text,
        JSON.stringify(text).slice(1, -1),
        encodeURIComponent(text),
        Buffer.from(text).toString('base64').replace(/=+$/, ''),
        Buffer.from(text).toString('base64url'),
        Buffer.from(`x-access-token:${text}`).toString('base64').replace(/=+$/, '')
      ])
    )
  ]
}

/** Which of the named secrets a text holds, in any form. */
export function leaksIn(text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets)
    .filter(([, value]) => formsOf(value).some((form) => text.includes(form)))
    .map(([name]) => name)
}

/** Looks again and again at the command line of every process, of the sandbox too, and at every file below a folder. */
export interface Watch {
  stop(): { leaks: string[]; commandLines: Set<string> }
}

export function watchForLeaks(secrets: Record<string, string>, folder: string | null): Watch {
  const leaks = new Set<string>()
  const commandLines = new Set<string>()
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const line = readIfThere(`/proc/${pid}/cmdline`)
      if (commandLines.has(line)) continue
      commandLines.add(line)
      for (const name of leaksIn(line, secrets)) leaks.add(`${name} in a command line: ${line.split('\0')[0]}`)
    }
    if (folder === null) return
    for (const path of filesBelow(folder))
      for (const name of leaksIn(readIfThere(path), secrets)) leaks.add(`${name} in the file ${path}`)
  }
  const timer = setInterval(look, 20)
  return {
    stop() {
      look()
      clearInterval(timer)
      return { leaks: [...leaks], commandLines }
    }
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)
  } catch (error) {
    // A folder that went away while it was read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Processes and files come and go while they are looked at. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
