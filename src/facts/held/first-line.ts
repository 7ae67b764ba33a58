import type { Readable } from 'node:stream'
import { MOST_LINE_BYTES, NoQuestions } from './answer.ts'

const newline = 10

/** @throws NoQuestions where none is whole, or where it is longer than any that we write */
export async function firstLine(input: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    const done = (how: () => void) => {
      input.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error')
      how()
    }
    input.on('data', (chunk: Buffer) => {
      const end = chunk.indexOf(newline)
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end))
      bytes += chunk.length
      if (end !== -1) done(() => resolve(Buffer.concat(chunks).toString('utf8')))
      else if (bytes > MOST_LINE_BYTES) done(() => reject(new NoQuestions()))
    })
    input.on('end', () => done(() => reject(new NoQuestions())))
    input.on('error', (error) => done(() => reject(error)))
  })
}
