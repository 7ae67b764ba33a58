import { expect, test } from 'vitest'
import { Undo } from '../../../src/deploy/undo.ts'
import { TenantError } from '../../../src/errors.ts'

const failure = () => new TenantError('build', 'the build failed', { where: 'a host', remedy: 'look.', log: 'the log' })

function undoing(...fails: string[]) {
  const undo = new Undo()
  const ran: string[] = []
  for (const name of ['first', 'second', 'third']) {
    undo.add(`the ${name}`, async () => {
      ran.push(name)
      if (fails.includes(name)) throw new Error('disk full')
    })
  }
  return { undo, ran }
}

test('what was done last is taken back first, and the error stays as it was', async () => {
  const { undo, ran } = undoing()
  const error = failure()
  expect(await undo.rollBack(error)).toBe(error)
  expect(ran).toEqual(['third', 'second', 'first'])
  expect(error.exitCode).toBe(2)
})

test('nothing is taken back twice', async () => {
  const { undo, ran } = undoing()
  await undo.rollBack(failure())
  await undo.rollBack(failure())
  expect(ran).toHaveLength(3)
})

test('what cannot be taken back does not keep the rest, and asks for a person', async () => {
  const { undo, ran } = undoing('third', 'first')
  const told = await undo.rollBack(failure())
  expect(ran).toEqual(['third', 'second', 'first'])
  expect(told).toMatchObject({
    kind: 'build',
    message: 'the build failed; and these could not be taken back: the third (disk full); the first (disk full)',
    where: 'a host',
    remedy: 'look. Then run the same command again: it starts from what the host says is live.',
    log: 'the log',
    exitCode: 3
  })
})

test('what visitors do not see is named when it is left, and needs nobody: the next run puts it right', async () => {
  const undo = new Undo()
  undo.add('the mark', () => Promise.reject(new Error('connection lost')), { seen: false })
  const told = await undo.rollBack(failure())
  expect(told.message).toContain('could not be taken back: the mark (connection lost)')
  expect(told.exitCode).toBe(2)
})

test('with nothing to take back, visitors see what they saw', async () => {
  const error = failure()
  expect(await new Undo().rollBack(error)).toBe(error)
  expect(error.exitCode).toBe(2)
})

test('once the new release is live there is no way back, and a failure behind it asks for a person', async () => {
  const { undo, ran } = undoing()
  undo.forget()
  const error = failure()
  expect(await undo.rollBack(error)).toBe(error)
  expect(ran).toEqual([])
  expect(error.exitCode).toBe(3)
})
