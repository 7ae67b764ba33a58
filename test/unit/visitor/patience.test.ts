import { expect, test } from 'vitest'
import { NoAnswer, whyNoAnswer } from '../../../src/visitor/no-answer.ts'
import { patiently, type Quality } from '../../../src/visitor/patience.ts'
import { rejectionOf } from '../thrown.ts'

const { signal } = new AbortController()
const patience = { passing: [1, 1, 1], wrong: [1] }

test.each<[string, (Quality | 'none')[], number, Quality | 'none']>([
  ['good at once', ['good'], 1, 'good'],
  ['wrong once', ['wrong', 'good'], 2, 'good'],
  ['wrong twice', ['wrong', 'wrong', 'good'], 2, 'wrong'],
  ['passing', ['passing', 'none', 'passing', 'good'], 4, 'good'],
  ['not passing', ['none', 'none', 'none', 'none', 'good'], 4, 'none'],
  ['each in turn', ['wrong', 'passing', 'passing', 'passing', 'wrong', 'good'], 5, 'wrong']
])('what is %s', async (_, answers, times, last) => {
  const asked: number[] = []
  const answer = await patiently(
    async (time) => {
      asked.push(time)
      const next = answers[time - 1]!
      if (next === 'none') throw new NoAnswer('none')
      return next
    },
    (given) => (given instanceof Error ? 'passing' : given),
    patience,
    signal
  )
  expect(answer instanceof Error ? answer.message : answer).toBe(last)
  expect(asked).toEqual(Array.from({ length: times }, (_, index) => index + 1))
})

test('a fault of our own is not waited for', async () => {
  let times = 0
  const broken = patiently(
    async () => {
      times++
      throw new TypeError('a fault')
    },
    () => 'passing',
    patience,
    signal
  )
  expect((await rejectionOf(broken)).message).toBe('a fault')
  expect(times).toBe(1)
})

test('an interruption ends a pause', async () => {
  const interruption = new AbortController()
  const waiting = patiently(
    async () => interruption.abort(new Error('interrupted')),
    () => 'wrong',
    { passing: [], wrong: [600_000] },
    interruption.signal
  )
  expect((await rejectionOf(waiting)).message).toBe('interrupted')
})

test.each([
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND acme.example', 'ENOTFOUND: no such domain in DNS'],
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'C0:error:0A', 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME: the TLS handshake failed'],
  ['CERT_HAS_EXPIRED', 'certificate has expired', 'CERT_HAS_EXPIRED: certificate has expired'],
  ['EMFILE', 'connect EMFILE', 'connect EMFILE'],
  ['ENEW', '', 'ENEW'],
  [undefined, 'closed', 'closed']
])('the code %s is told as what it means', (code, message, told) => {
  expect(whyNoAnswer(Object.assign(new Error(message), code === undefined ? {} : { code }))).toBe(told)
})
