import { chmodSync, existsSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lookAtTools } from '../../../src/facts/tools.ts'
import { folderWith } from './folder.ts'

function bin(scripts: Record<string, string>): string {
  const folder = folderWith(scripts)
  for (const name of Object.keys(scripts)) chmodSync(`${folder}/${name}`, 0o755)
  return folder
}
const look = (path: string, ...names: string[]) => lookAtTools({ kind: 'tools', names }, path)

test('tells the first line of each version, wherever the program says it', async () => {
  const path = bin({
    'tool-a': '#!/bin/sh\n[ "$1" = --version ] && printf "tool a 1.2\\nmore\\n"',
    'tool-b': '#!/bin/sh\necho "tool b 3" >&2; exit 1',
    'tool-c': '#!/bin/sh\n',
    nginx: '#!/bin/sh\n[ "$1" = -v ] && echo "nginx version: nginx/1.22.1" >&2'
  })
  expect(await look(`relative:${path}:/usr/bin`, 'tool-a', 'tool-b', 'tool-c', 'nginx')).toEqual({
    'tool-a': 'tool a 1.2',
    'tool-b': 'tool b 3',
    'tool-c': 'does not say its version',
    nginx: 'nginx version: nginx/1.22.1'
  })
})

test('what is not there, or can not be started, is missing', async () => {
  const path = bin({
    broken: '#!/no/such/interpreter\n',
    lost: '#!/usr/bin/env no-such-interpreter\n',
    plain: '#!/bin/sh\n'
  })
  chmodSync(`${path}/plain`, 0o644)
  expect(await look(path, 'broken', 'lost', 'plain', 'no-such-tool')).toEqual({
    broken: null,
    lost: null,
    plain: null,
    'no-such-tool': null
  })
})

test('a script of an npm package is looked up and not run', async () => {
  const folder = folderWith({
    'lib/node_modules/pm2/package.json': '{"version":"7.0.4"}',
    'lib/node_modules/pm2/bin/pm2': '#!/usr/bin/env node\nrequire("fs").writeFileSync(__dirname + "/ran", "")\n'
  })
  chmodSync(`${folder}/lib/node_modules/pm2/bin/pm2`, 0o755)
  symlinkSync('lib/node_modules/pm2/bin/pm2', `${folder}/pm2`)
  expect(await look(folder, 'pm2')).toEqual({ pm2: '7.0.4' })
  expect(existsSync(`${folder}/lib/node_modules/pm2/bin/ran`)).toBe(false)
})

test('pm2 is never run, also where it is a script around the real one', async () => {
  const path = bin({ pm2: '#!/bin/sh\ntouch "$(dirname "$0")/ran"; echo 7' })
  expect(await look(path, 'pm2')).toEqual({ pm2: 'does not say its version' })
  expect(existsSync(`${path}/ran`)).toBe(false)
})

test.each(['../bin/sh', '/bin/sh', '-x', 'a b', ''])('%j is not the name of a program', async (name) => {
  await expect(look('/usr/bin', name)).rejects.toThrow('is not the name of a program')
})
