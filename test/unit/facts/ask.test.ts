import { expect, test } from 'vitest'
import { answerAll } from '../../../src/facts/ask.ts'
import type { FactRequest } from '../../../src/facts/requests.ts'
import { folderWith } from './folder.ts'

test('each question is answered by itself: one that fails says why, and the others go on', async () => {
  const root = folderWith({ page: 'x' })
  const answers = await answerAll(
    {
      good: { kind: 'file', path: `${root}/page` },
      bad: { kind: 'tree', root: `${root}/page` },
      unknown: { kind: 'weather' } as unknown as FactRequest,
      broken: { kind: 'tree' } as unknown as FactRequest
    },
    { searchPath: '' }
  )
  expect(answers.good).toMatchObject({ ok: true, fact: { exists: true } })
  expect(answers.bad).toEqual({ ok: false, cause: `${root}/page is not a folder` })
  expect(answers.unknown).toEqual({ ok: false, cause: 'this collector does not know questions of the kind "weather"' })
  expect(answers.broken).toMatchObject({ ok: false })
})
