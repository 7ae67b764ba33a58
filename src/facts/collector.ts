import { dirname } from 'node:path'
import type { WatchMessage, WatchRequest } from './logs.ts'
import type { FactRequest } from './requests.ts'
import { answerAll } from './ask.ts'
import { causeOf } from './cause.ts'
import { answerHeld, NoQuestions } from './held/answer.ts'
import { firstLine } from './held/first-line.ts'
import { watchLogs } from './log-watch.ts'
import { whilePresent } from './presence.ts'

// The entry of the program that is handed to a host's own node over standard input. What stands
// before it there has put the questions into one of these globals; the answers leave as JSON on lines.
// As a file on the host it has no globals: it answers whoever holds a key that may only look.
const { __REQUESTS__, __WATCH__ } = globalThis as {
  __REQUESTS__?: Record<string, FactRequest>
  __WATCH__?: { request: WatchRequest; asker: number }
}

process.stdout.on('error', () => process.exit(1))

if (__REQUESTS__ === undefined && __WATCH__ === undefined) {
  void answerLine()
} else if (__WATCH__ === undefined) {
  void answerAll(__REQUESTS__ ?? {}, { searchPath: process.env.PATH ?? '' }).then((answers) => {
    // The exit waits until the last byte is out, and for nothing else that may still be open.
    process.stdout.write(`${JSON.stringify({ version: 1, answers })}\n`, () => process.exit(0))
  })
} else {
  const present = whilePresent(__WATCH__.asker)
  // A message that nobody takes keeps us waiting; its reader's end does not.
  present.addEventListener('abort', () => process.exit(0))
  void watchLogs(__WATCH__.request, say, present).then(() => process.exit(0))
}

/** One line with questions comes on standard input. When that ends, whoever asked is gone. */
async function answerLine(): Promise<void> {
  let line: string
  try {
    line = await firstLine(process.stdin)
    process.stdin.resume().once('end', () => process.exit(1))
    const told = await answerHeld(line, `${dirname(process.argv[1] ?? '')}/host.json`, process.env.PATH ?? '')
    process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0))
  } catch (error) {
    const what =
      error instanceof NoQuestions ? 'this key takes questions of tenant-deploy, and nothing else' : causeOf(error)
    process.stderr.write(`${what}\n`, () => process.exit(65))
  }
}

/** Resolves when it is out, so that a slow reader slows us and not our memory grows. */
function say(message: WatchMessage): Promise<void> {
  // Readers of lines also end one at some characters beyond ASCII.
  const line = JSON.stringify(message).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()))
}
