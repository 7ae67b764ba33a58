import type { FactRequest } from './requests.ts'
import { answerAll } from './ask.ts'

// The entry of the program that is handed to a host's own node over standard input. What stands
// before it there has put the questions into this global; the answers leave as one line of JSON.
const requests = (globalThis as { __REQUESTS__?: Record<string, FactRequest> }).__REQUESTS__ ?? {}

void answerAll(requests, { searchPath: process.env.PATH ?? '' }).then((answers) => {
  process.stdout.on('error', () => process.exit(1))
  // The exit waits until the last byte is out, and for nothing else that may still be open.
  process.stdout.write(`${JSON.stringify({ version: 1, answers })}\n`, () => process.exit(0))
})
