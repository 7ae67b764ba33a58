import { quote } from './quote.ts'

/** A value that is shown nowhere: not in a description of the command, not in an error. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '***'
  }
  toJSON(): string {
    return '***'
  }
}

export type Word = string | Secret

/** One program with its arguments. */
export interface Program {
  words: Word[]
  cwd?: string
  env?: Record<string, Word>
}

/** A few fixed lines of POSIX sh; what varies comes in as $1, $2, …, never as text. */
export interface Script {
  script: string
  args: Word[]
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
    return `set -eu\n${needs.join('')}set -- ${command.args.map(renderWord).join(' ')}\n${command.script}\n`
  }
  const lines: string[] = []
  if (command.cwd !== undefined) lines.push(`cd -- ${quote(command.cwd)} || exit ${NO_FOLDER}`)
  for (const [name, value] of Object.entries(command.env ?? {})) lines.push(`export ${name}=${renderWord(value)}`)
  const [program, ...args] = command.words
  if (program === undefined) throw new RangeError('a command needs a program')
  lines.push(`${present(program)} || { echo ${quote(absence(String(program)))} >&2; exit 127; }`)
  lines.push(`exec ${[program, ...args].map(renderWord).join(' ')}`)
  return `${lines.join('\n')}\n`
}

/** The program for want of which the host answered 127, if that is why. */
export function missingProgram(command: Command, stderr: string): string | undefined {
  const tools = 'words' in command ? [String(command.words[0])] : command.needs
  return tools?.find((tool) => stderr.includes(absence(tool)))
}

/** What an error or a log may show of the command. */
export function describe(command: Command): string {
  if ('script' in command) return command.script.trim().split('\n')[0] ?? ''
  return command.words.map(String).join(' ')
}

function present(program: Word): string {
  return `command -v ${renderWord(program)} >/dev/null 2>&1`
}

function absence(program: string): string {
  return `${program} is missing`
}

function renderWord(word: Word): string {
  return quote(word instanceof Secret ? word.reveal() : word)
}
