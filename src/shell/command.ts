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
}

export type Command = Program | Script

/** The folder that a command was to run in does not exist or can't be entered. */
export const NO_FOLDER = 125

/** The command as POSIX sh. It goes to the host over standard input, so that no value ever stands in a process list. */
export function render(command: Command): string {
  if ('script' in command) {
    return `set -eu\nset -- ${command.args.map(renderWord).join(' ')}\n${command.script}\n`
  }
  const lines: string[] = []
  if (command.cwd !== undefined) lines.push(`cd -- ${quote(command.cwd)} || exit ${NO_FOLDER}`)
  for (const [name, value] of Object.entries(command.env ?? {})) lines.push(`export ${name}=${renderWord(value)}`)
  const [program, ...args] = command.words
  if (program === undefined) throw new RangeError('a command needs a program')
  lines.push(`command -v ${renderWord(program)} >/dev/null 2>&1 || exit 127`)
  lines.push(`exec ${[program, ...args].map(renderWord).join(' ')}`)
  return `${lines.join('\n')}\n`
}

/** What an error or a log may show of the command. */
export function describe(command: Command): string {
  if ('script' in command) return command.script.trim().split('\n')[0] ?? ''
  return command.words.map(String).join(' ')
}

function renderWord(word: Word): string {
  return quote(word instanceof Secret ? word.reveal() : word)
}
