import { expect, test } from 'vitest'
import { migration, migrationsResource, sortMigrations } from '../../../src/resources/migrations.ts'

const [one, two, three] = ['1.sql', '2.sql', '3.sql'].map((name) => migration(name, `select '${name}'`)) as [
  ReturnType<typeof migration>,
  ReturnType<typeof migration>,
  ReturnType<typeof migration>
]
const done = ({ name, sha256 }: { name: string; sha256: string }) => ({ name, sha256, at: '2026-11-22T09:15:00Z' })
const address = { host: '127.0.0.1', port: 5432, database: 'acme', user: 'acme', password: 'hunter2' }

test.each([
  ['none at all', [], [], {}],
  ['all applied', [one, two], [one, two], {}],
  ['some are new, in their order', [one, two, three], [one], { pending: [two, three] }],
  ['one in the middle is new', [one, two, three], [one, three], { pending: [two] }],
  ['one was edited', [one, two], [one, { ...two, sha256: 'x' }], { edited: ['2.sql'] }],
  ['one is not in the source', [one], [one, two], { unknown: ['2.sql'] }]
])('%s', (_, source, applied, expected) => {
  expect(sortMigrations(source, applied.map(done))).toEqual({ pending: [], edited: [], unknown: [], ...expected })
})

test('each difference is told', () => {
  const applied = [done({ ...one, sha256: 'x' }), done(three)]
  const found = migrationsResource(address, [one, two]).compare({ applied: { applied } })
  expect(found).toEqual({
    verdict: 'drifted',
    differences: [
      { attribute: '2.sql', expected: 'applied', actual: 'pending' },
      { attribute: '1.sql', expected: 'as it was when applied', actual: 'edited since' },
      { attribute: '3.sql', expected: 'a file in the source', actual: 'applied, but not in the source' }
    ]
  })
  expect(migrationsResource(address, [one]).compare({ applied: { applied: [done(one)] } }).verdict).toBe('in-sync')
})
