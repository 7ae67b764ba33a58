import { expect, test } from 'vitest'
import { lookAtNginx, parseStat } from '../../../src/facts/nginx.ts'
import { folderWith } from './folder.ts'

const notRunning = { running: false, master: 0, workers: [] }

test('reads the parent and the start from /proc/PID/stat, whatever the name of the process', () => {
  const rest = 'S 41 42 42 0 -1 4194624 1 0 0 0 0 0 0 0 20 0 1 0 987654 10 20'
  expect(parseStat(`42 (nginx) ${rest}`)).toEqual({ parent: 41, startTicks: 987654 })
  expect(parseStat(`42 (a) b) S 1 ( ${rest}`.replace('S 1 (', 'x)'))).toEqual({ parent: 41, startTicks: 987654 })
})

test('without a pid file, or with that of a process that is no nginx, it does not run', async () => {
  const folder = folderWith({ gone: '999999999\n', other: `${process.pid}\n` })
  for (const name of ['none', 'gone', 'other']) {
    expect(await lookAtNginx({ kind: 'nginx', pidFile: `${folder}/${name}` })).toEqual(notRunning)
  }
})

test('a pid file without a pid is an error', async () => {
  const folder = folderWith({ 'nginx.pid': '' })
  await expect(lookAtNginx({ kind: 'nginx', pidFile: `${folder}/nginx.pid` })).rejects.toThrow(
    'does not hold a process id'
  )
})
