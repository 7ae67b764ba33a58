import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/remote/connection.ts'
import { NO_FOLDER } from '../../src/shell/command.ts'
import { connectTo } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { addAccount } from './accounts.ts'
import { failureOf } from './failure.ts'
import { hostileWords } from './words.ts'

const world = await cloned()
const deadline = { step: 'try it', deadlineMs: 30_000 }
const cleanups: AsyncDisposable[] = []

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup[Symbol.asyncDispose]()
})

// The account finds bash where others find the system's sh.
describe.each([
  ['dash', '#'],
  ['bash', 'PATH=$HOME/bin:$PATH']
])('through %s', (shell, bashrc) => {
  const user = `quoting-${shell}`
  let remote: Connection

  beforeAll(async () => {
    const files = { '.bashrc': `${bashrc}\n`, 'bin/sh': '#!/bin/bash\nexec bash --posix "$@"\n' }
    cleanups.push(await addAccount(world, user, { shell: '/bin/bash', files }))
    cleanups.push((remote = await connectTo(world, { user })))
  })

  test('it is that shell', async () => {
    const { stdout } = await remote.execute({ script: 'echo "${BASH_VERSION:-dash}"', args: [] }, deadline)
    if (shell === 'dash') expect(stdout).toBe('dash\n')
    else expect(stdout).toMatch(/^\d+\.\d+/)
  })

  test('the words of a program and of a script', async () => {
    for (const command of [
      { words: ['printf', '%s\\0', ...hostileWords] },
      { script: `printf '%s\\0' "$@"`, args: hostileWords }
    ]) {
      const { code, stdout, stderr } = await remote.execute(command, deadline)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout.split('\0').slice(0, -1)).toEqual(hostileWords)
    }
  })

  test('a word of 1 MB, and 10,000 words', async () => {
    const long = `${"it's $(long) ".repeat(80_000)}\n`
    const one = await remote.execute({ script: `printf %s "$1"`, args: [long] }, deadline)
    expect(one.stdout === long).toBe(true)
    const many = Array.from({ length: 10_000 }, (_, index) => `word ${index}`)
    const all = await remote.execute({ words: ['printf', '%s\\0', ...many] }, deadline)
    expect(all.stdout.split('\0').slice(0, -1)).toEqual(many)
  })

  test('values of the environment', async () => {
    const env = Object.fromEntries(hostileWords.map((word, index) => [`WORD_${index}`, word]))
    const { stdout } = await remote.execute({ words: ['env', '-0'], env }, deadline)
    const seen = stdout.split('\0').filter((line) => line.startsWith('WORD_'))
    expect(seen.sort()).toEqual(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .sort()
    )
  })

  test('folders with odd names', async () => {
    for (const name of ["it's", 'new\nline', '-dash', '$(id)', '`id`', 'Zürich 🏖️', ' ', '\\', '!!']) {
      const cwd = `/home/${user}/folders/${name}`
      await remote.execute({ words: ['mkdir', '-p', '--', cwd] }, deadline)
      expect((await remote.execute({ words: ['pwd'], cwd }, deadline)).stdout).toBe(`${cwd}\n`)
    }
  })

  test('a command never runs outside the folder that it was meant for', async () => {
    const mark = `/home/${user}/ran`
    for (const cwd of [`/home/${user}/no-such-folder`, '/etc/passwd', '/root']) {
      const { code } = await remote.execute({ words: ['touch', mark], cwd }, deadline)
      expect(code).toBe(NO_FOLDER)
    }
    expect((await world.exec(['test', '-e', mark])).code).toBe(1)
  })
})

test('a NUL byte is refused before anything runs', async () => {
  await using remote = await connectTo(world)
  for (const command of [
    { words: ['echo', 'a\0b'] },
    { script: 'echo "$1"', args: ['a\0b'] },
    { words: ['echo'], env: { NAME: 'a\0b' } },
    { words: ['pwd'], cwd: '/tmp\0' }
  ])
    expect((await failureOf(remote.execute(command, deadline))).message).toContain('NUL byte')
})

test('no value stands in the process list while its command runs', async () => {
  await using remote = await connectTo(world)
  const secret = 'correct-horse-battery-staple'
  const command = { script: 'read -r line', args: [secret] }
  const open = await remote.open(command, { step: 'wait' })
  const list = await world.exec(['ps', '-eo', 'args'])
  await open.end()
  expect(list.stdout).toContain('IFS= read -r s; eval')
  expect(list.stdout).not.toContain(secret)
})

test('nothing that a hostile word says was done', async () => {
  expect((await world.exec(['test', '-e', '/tmp/hostile-words'])).code).toBe(1)
})
