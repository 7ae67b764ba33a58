import { expect, it } from 'vitest'
import { countsLine, groupByFolder, listFolders } from '../../../src/report/folders.ts'

const none = { created: [], changed: [], deleted: [], bytes: 0 }

it('groups by folder; a deleted folder lies in its parent', () => {
  const files = { ...none, created: ['b/2.txt', 'b/1.txt'], changed: ['top.txt'], deleted: ['b/old/', 'b/1.gif'] }
  const { folders } = listFolders(groupByFolder(files), { perFolder: 10, total: 100 })
  expect(folders.map((folder) => [folder.path, countsLine(folder.counts)])).toEqual([
    ['./', '1 changed'],
    ['b/', '2 created, 2 deleted']
  ])
  expect(folders[1]?.entries.map(({ name }) => name)).toEqual(['1.gif', '1.txt', '2.txt', 'old/'])
})

it('names fewer parts where there would be too many groups', () => {
  const created = Array.from({ length: 100 }, (_, at) => `static/chunks/${at}/file.js`)
  const { folders } = listFolders(groupByFolder({ ...none, created }), { perFolder: 200, total: 1000 })
  expect(folders.map(({ path }) => path)).toEqual(['static/chunks/'])
  expect(folders[0]?.entries[0]?.name).toBe('0/file.js')
})

it('counts what it leaves out', () => {
  const created = Array.from({ length: 30 }, (_, at) => `${'abc'[at % 3]}/${at}`)
  const listing = listFolders(groupByFolder({ ...none, created }), { perFolder: 4, total: 8 })
  expect(listing.folders.map((folder) => [folder.path, folder.entries.length, folder.hidden])).toEqual([
    ['a/', 4, 6],
    ['b/', 3, 7]
  ])
  expect(listing).toMatchObject({ hiddenFolders: 1, hiddenFiles: 10 })
})
