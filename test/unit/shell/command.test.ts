import { execFileSync } from 'node:child_process'
import { describe as group, expect, test } from 'vitest'
import { describe, NO_FOLDER, render, type Command } from '../../../src/shell/command.ts'

function run(command: Command): { code: number; out: string } {
  try {
    return {
      code: 0,
      out: execFileSync('sh', { input: render(command), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
    }
  } catch (thrown) {
    const { status, stdout } = thrown as { status: number; stdout: string }
    return { code: status, out: stdout }
  }
}

group('what runs', () => {
  test.each<[string, Command, { code: number; out: string }]>([
    [
      'a program with its words',
      { words: ['printf', '%s|', "it's", '$HOME', '-n'] },
      { code: 0, out: "it's|$HOME|-n|" }
    ],
    ['a folder', { words: ['pwd'], cwd: '/usr' }, { code: 0, out: '/usr\n' }],
    ['a folder that begins with a dash', { words: ['pwd'], cwd: '-P' }, { code: NO_FOLDER, out: '' }],
    ['a folder that is not there', { words: ['pwd'], cwd: '/nowhere' }, { code: NO_FOLDER, out: '' }],
    ['an environment', { words: ['sh', '-c', 'echo "$A"'], env: { A: 'a "b" $c' } }, { code: 0, out: 'a "b" $c\n' }],
    ['a program that is not there', { words: ['no-such-program'] }, { code: 127, out: '' }],
    ['a program that fails', { words: ['false'] }, { code: 1, out: '' }],
    [
      'a script with its values',
      { script: 'printf "%s," "$@"', args: ['a b', '$(x)', "'"] },
      { code: 0, out: "a b,$(x),'," }
    ],
    ['a script without values', { script: 'echo $#', args: [] }, { code: 0, out: '0\n' }],
    ['a script ends at its first failure', { script: 'false\necho on', args: [] }, { code: 1, out: '' }],
    ['a script knows all its variables', { script: 'echo "$nope"', args: [] }, { code: 2, out: '' }]
  ])('%s', (_, command, expected) => {
    expect(run(command)).toEqual(expected)
  })

  test('is never nothing', () => {
    expect(() => render({ words: [] })).toThrow('a command needs a program')
  })
})

test.each<[Command, string]>([
  [{ words: ['psql', '--quiet', 'x'] }, 'psql --quiet x'],
  [{ words: ['psql'], env: { PGPASSWORD: 'hunter2' }, cwd: '/srv' }, 'psql'],
  [{ script: '\numask 077\ncat >"$1"', args: ['hunter2'] }, 'umask 077']
])('%#: what is shown is neither its environment nor the arguments of a script', (command, shown) => {
  expect(describe(command)).toBe(shown)
})
