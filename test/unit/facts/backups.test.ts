import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lookAtBackups } from '../../../src/facts/backups.ts'
import { folderWith } from './folder.ts'

test('tells each sidecar, with the size of the dump beside it', async () => {
  const path = folderWith({ 'one.json': '{"id":"one"}', 'one.dump': '12345', 'two.json': '{}', 'three.dump': '1' })
  expect(await lookAtBackups({ kind: 'backups', folder: path })).toEqual({
    sidecars: [
      { id: 'one', bytes: 5, text: '{"id":"one"}' },
      { id: 'two', bytes: null, text: '{}' }
    ]
  })
})

test('leaves out what only has such a name, and the text of what is too long', async () => {
  const path = folderWith({ secret: 'text', 'a b.json': '{}', 'long.json': 'a'.repeat(20_000) })
  symlinkSync('secret', join(path, 'link.json'))
  mkdirSync(join(path, 'folder.json'))
  expect(await lookAtBackups({ kind: 'backups', folder: path })).toEqual({
    sidecars: [{ id: 'long', bytes: null, text: '' }]
  })
})

test('there are none where there is no folder', async () => {
  expect(await lookAtBackups({ kind: 'backups', folder: '/no/such/folder' })).toEqual({ sidecars: [] })
})
