import { quote } from './quote.ts'

/** One program with its arguments. An error shows its words, so a secret is handed over in `env` or on standard input. */
export interface Program {
  words: string[]
  cwd?: string
  /** What the files that it makes are closed to, as umask(1) takes it. */
  umask?: '027'
  env?: Record<string, string>
}

/** A few fixed lines of POSIX sh; what varies comes in as $1, $2, …, never as text. */
export interface Script {
  script: string
  args: string[]
  /** Programs without which it does not even begin. */
  needs?: readonly string[]
}

export type Command = Program | Script

/** The folder that a command was to run in does not exist or can't be entered. */
export const NO_FOLDER = 125

/** The command as POSIX sh. It goes to the host over standard input, so that no value ever stands in a process list. */
export function render(command: Command): string {
  if ('script' in command) {
    const needs = (command.needs ?? []).map(
      (tool) => `${present(tool)} || { echo ${quote(absence(tool))} >&2; exit 127; }\n`
    )
    return `set -eu\n${needs.join('')}set -- ${command.args.map(quote).join(' ')}\n${command.script}\n`
  }
  const lines: string[] = []
  if (command.cwd !== undefined) lines.push(`cd -- ${quote(command.cwd)} || exit ${NO_FOLDER}`)
  if (command.umask !== undefined) lines.push(`umask ${command.umask}`)
  for (const [name, value] of Object.entries(command.env ?? {})) lines.push(`export ${name}=${quote(value)}`)
  const [program, ...args] = command.words
  if (program === undefined) throw new RangeError('a command needs a program')
  lines.push(`${present(program)} || { echo ${quote(absence(program))} >&2; exit 127; }`)
  lines.push(`exec ${[program, ...args].map(quote).join(' ')}`)
  return `${lines.join('\n')}\n`
}

/** The program for want of which the host answered 127, if that is why. */
export function missingProgram(command: Command, stderr: string): string | undefined {
  const tools = 'words' in command ? command.words.slice(0, 1) : command.needs
  return tools?.find((tool) => stderr.includes(absence(tool)))
}

/** What an error or a log may show of the command. */
export function describe(command: Command): string {
  if ('script' in command) return command.script.trim().split('\n')[0] ?? ''
  return command.words.join(' ')
}

function present(program: string): string {
  return `command -v ${quote(program)} >/dev/null 2>&1`
}

function absence(program: string): string {
  return `${program} is missing`
}
