import { expect, test } from 'vitest'
import { readLine } from '../../../src/facts/log-line.ts'
import type { LogFormat } from '../../../src/facts/logs.ts'

/** What a clock on the wall of this machine shows at that time. */
const local = (...time: [number, number, number, number, number, number]) => new Date(...time).getTime()
const visit = (before: string, after: string) =>
  `127.0.0.1 - ${before} [27/Nov/2026:09:30:05 +0200] "GET / HTTP/1.1" 200 5 "-" "${after}"`
const visited = Date.UTC(2026, 10, 27, 7, 30, 5)

test.each<[LogFormat, string, number | null, string]>([
  ['pm2', '2026-11-27T09:30:05: ready', local(2026, 10, 27, 9, 30, 5), 'ready'],
  ['pm2', '2026-11-27T09:30:05: ', local(2026, 10, 27, 9, 30, 5), ''],
  ['pm2', '2026-11-27T09:30:05:', local(2026, 10, 27, 9, 30, 5), ''],
  ['pm2', '2026-07-01T00:00:00:   indented', local(2026, 6, 1, 0, 0, 0), '  indented'],
  [
    'pm2',
    '2026-11-27T09:30:05: 2001-01-01T00:00:00: twice',
    local(2026, 10, 27, 9, 30, 5),
    '2001-01-01T00:00:00: twice'
  ],
  ['pm2', '    at Server.listen (server.js:1:1)', null, '    at Server.listen (server.js:1:1)'],
  ['pm2', 'said 2026-11-27T09:30:05: later', null, 'said 2026-11-27T09:30:05: later'],
  ['pm2', '2026-13-01T09:30:05: no such month', null, '2026-13-01T09:30:05: no such month'],
  ['pm2', '2026-02-30T09:30:05: no such day', null, '2026-02-30T09:30:05: no such day'],
  ['pm2', '2026-11-27T09:30:05: \x1b[31mred\x1b[0m', local(2026, 10, 27, 9, 30, 5), 'red'],
  ['pm2', '', null, ''],
  ['error', '2026/11/27 09:30:05 [error] 7#7: *1 no', local(2026, 10, 27, 9, 30, 5), '[error] 7#7: *1 no'],
  ['error', '2026-11-27T09:30:05: of PM2', null, '2026-11-27T09:30:05: of PM2'],
  ['access', visit('-', 'curl'), visited, visit('-', 'curl')],
  ['access', visit('[01/Jan/2001:00:00:00 +0000]', 'curl'), visited, visit('[01/Jan/2001:00:00:00 +0000]', 'curl')],
  ['access', visit('-', '[01/Jan/2001:00:00:00 +0000]'), visited, visit('-', '[01/Jan/2001:00:00:00 +0000]')],
  [
    'access',
    visit('-', 'x').replace('+0200', '-0330'),
    Date.UTC(2026, 10, 27, 13, 0, 5),
    visit('-', 'x').replace('+0200', '-0330')
  ],
  ['access', visit('-', 'x').replace('Nov', 'Nox'), null, visit('-', 'x').replace('Nov', 'Nox')],
  ['access', 'nothing of the kind', null, 'nothing of the kind']
])('of %s: %j', (format, line, at, text) => expect(readLine(format, line)).toEqual({ at, text }))
