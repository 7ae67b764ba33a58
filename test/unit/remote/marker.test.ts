import { expect, test } from 'vitest'
import { AfterMarker } from '../../../src/remote/marker.ts'

const MARK = '--0e5a--'

async function through(chunks: (string | Buffer)[]) {
  const stream = new AfterMarker(MARK)
  const out: Buffer[] = []
  stream.on('data', (chunk: Buffer) => out.push(chunk))
  for (const chunk of chunks) stream.write(chunk)
  await new Promise((resolve) => stream.end(resolve).once('end', resolve))
  return { out: Buffer.concat(out).toString(), seen: stream.seen, noise: stream.noise }
}

test.each<[string, (string | Buffer)[], { out: string; seen: boolean; noise: string }]>([
  ['the marker alone', [`${MARK}\n`], { out: '', seen: true, noise: '' }],
  ['output behind it', [`${MARK}\na\nb`], { out: 'a\nb', seen: true, noise: '' }],
  ['in a chunk of its own', [`${MARK}\n`, 'a', '\nb'], { out: 'a\nb', seen: true, noise: '' }],
  ['noise before it', ['welcome!\nfish says hi\n', `${MARK}\n`, 'a'], { out: 'a', seen: true, noise: '' }],
  ['noise without a line end', [`welcome!${MARK}\na`], { out: 'a', seen: true, noise: '' }],
  ['byte by byte', [...`noise\n${MARK}\nout`], { out: 'out', seen: true, noise: '' }],
  ['in pieces', ['noise --0e', '5a', '--', '\nout'], { out: 'out', seen: true, noise: '' }],
  ['a false start', [`--0e5--0e5a-${MARK}\nout`], { out: 'out', seen: true, noise: '' }],
  ['again in the output', [`${MARK}\n${MARK}\nx`], { out: `${MARK}\nx`, seen: true, noise: '' }],
  ['no line end behind it', [`${MARK}x\n`], { out: '', seen: false, noise: `${MARK}x\n` }],
  ['never', ['sudo: a password is required\n'], { out: '', seen: false, noise: 'sudo: a password is required\n' }],
  ['nothing at all', [], { out: '', seen: false, noise: '' }],
  ['much noise', [`${'n'.repeat(200_000)}--0e`, '5a--\nout'], { out: 'out', seen: true, noise: '' }]
])('%s', async (_, chunks, expected) => {
  expect(await through(chunks)).toEqual(expected)
})

test('binary output passes as it is', async () => {
  const bytes = Buffer.from([0, 255, 254, 10, 13, 128])
  const stream = new AfterMarker(MARK)
  stream.end(Buffer.concat([Buffer.from(`noise\n${MARK}\n`), bytes]))
  expect(Buffer.concat(await stream.toArray())).toEqual(bytes)
})

test('endless noise is not kept', async () => {
  const { seen, noise } = await through(Array.from({ length: 40 }, () => Buffer.alloc(10_000, 'n')))
  expect(seen).toBe(false)
  expect(noise.length).toBeLessThanOrEqual(64 * 1024)
})
