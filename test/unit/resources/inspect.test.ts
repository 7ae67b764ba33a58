import { expect, test } from 'vitest'
import type { Answer } from '../../../src/facts/facts.ts'
import type { FactRequest, FileRequest } from '../../../src/facts/requests.ts'
import type { Observer } from '../../../src/remote/remote.ts'
import { inspect } from '../../../src/resources/inspect.ts'
import { judged, type Resource } from '../../../src/resources/resource.ts'
import { thrownBy } from '../thrown.ts'

type Q = { file: FileRequest }

function resource(address: string, crash = false): Resource<Q> {
  return {
    address,
    requests: { file: { kind: 'file', path: `/${address}` } },
    compare({ file }) {
      if (crash) throw new Error('the record was changed')
      return judged(file.exists ? [] : [{ attribute: 'file', expected: 'there', actual: 'missing' }])
    }
  }
}

/** A host that answers as it is told, and notes what it was asked. */
function hostWith(answers: Record<string, Answer<FileRequest>>) {
  const asked: { paths: string[]; as: string | undefined }[] = []
  const observer = {
    name: 'a host',
    gather: (requests: Record<string, FactRequest>, options: { as?: string } = {}) => {
      asked.push({ paths: Object.values(requests).map((request) => (request as FileRequest).path), as: options.as })
      return Promise.resolve(
        Object.fromEntries(Object.keys(requests).map((key) => [key, answers[(requests[key] as FileRequest).path]]))
      )
    }
  }
  return { asked, observer: observer as unknown as Observer }
}

const there: Answer<FileRequest> = { ok: true, fact: { exists: true } }
const gone: Answer<FileRequest> = { ok: true, fact: { exists: false } }
const unseen: Answer<FileRequest> = { ok: false, cause: 'EACCES' }

test('each resource gets its own verdict, whatever happens to the others', async () => {
  const list = [resource('good'), resource('drifted'), resource('unseen'), resource('crash', true), resource('last')]
  const { asked, observer } = hostWith({
    '/good': there,
    '/drifted': gone,
    '/unseen': unseen,
    '/crash': there,
    '/last': there
  })
  const found = await inspect(observer, 'tenant-acme', list as unknown as Resource[])
  expect(found.findings).toEqual([
    { address: 'good', verdict: 'in-sync', differences: [] },
    {
      address: 'drifted',
      verdict: 'drifted',
      differences: [{ attribute: 'file', expected: 'there', actual: 'missing' }]
    },
    { address: 'unseen', verdict: 'unknown', differences: [], cause: 'EACCES' },
    { address: 'crash', verdict: 'unknown', differences: [], cause: 'the record was changed' },
    { address: 'last', verdict: 'in-sync', differences: [] }
  ])
  expect(asked).toEqual([{ paths: list.map(({ address }) => `/${address}`), as: 'tenant-acme' }])
  expect(found.finding(list[1]!).verdict).toBe('drifted')
  expect(found.facts(list[0]!)).toEqual({ file: { exists: true } })
})

test('what could not be looked at is never taken for a fact', async () => {
  const lost = resource('unseen')
  const found = await inspect(hostWith({ '/unseen': unseen }).observer, 'x', [lost] as unknown as Resource[])
  const error = thrownBy(() => found.facts(lost))
  expect(error).toMatchObject({
    kind: 'host-answer',
    message: 'could not look at unseen: EACCES',
    where: 'unseen (file)'
  })
  expect(() => found.facts(resource('other'))).toThrow('was not inspected')
  expect(() => found.finding({ address: 'other' })).toThrow('was not inspected')
})
