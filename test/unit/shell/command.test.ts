import { execFileSync } from 'node:child_process'
import { inspect } from 'node:util'
import { describe as group, expect, test } from 'vitest'
import { describe, NO_FOLDER, render, Secret, type Command } from '../../../src/shell/command.ts'

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
    ['a secret word', { words: ['printf', '%s', new Secret("p'w$")] }, { code: 0, out: "p'w$" }],
    ['a folder', { words: ['pwd'], cwd: '/usr' }, { code: 0, out: '/usr\n' }],
    ['a folder that begins with a dash', { words: ['pwd'], cwd: '-P' }, { code: NO_FOLDER, out: '' }],
    ['a folder that is not there', { words: ['pwd'], cwd: '/nowhere' }, { code: NO_FOLDER, out: '' }],
    ['an environment', { words: ['sh', '-c', 'echo "$A"'], env: { A: 'a "b" $c' } }, { code: 0, out: 'a "b" $c\n' }],
    [
      'a secret in the environment',
      { words: ['sh', '-c', 'echo "$A"'], env: { A: new Secret('x y') } },
      { code: 0, out: 'x y\n' }
    ],
    ['a program that is not there', { words: ['no-such-program'] }, { code: 127, out: '' }],
    ['a program that fails', { words: ['false'] }, { code: 1, out: '' }],
    [
      'a script with its values',
      { script: 'printf "%s," "$@"', args: ['a b', '$(x)', new Secret("'")] },
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

group('what is shown', () => {
  const secret = new Secret('hunter2')

  test.each<[Command, string]>([
    [{ words: ['psql', '--password', secret, 'x'] }, 'psql --password *** x'],
    [{ words: ['env'], env: { PASSWORD: secret }, cwd: '/srv' }, 'env'],
    [{ script: '\numask 077\ncat >"$1"', args: [secret] }, 'umask 077']
  ])('%#: hides secrets', (command, shown) => {
    expect(describe(command)).toBe(shown)
  })

  test('a secret shows itself in no way but one', () => {
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret, { showHidden: true, depth: 5 }),
      Object.values(secret).join()
    ]
    expect(shown.join('\n')).not.toContain('hunter2')
    expect(JSON.stringify({ secret })).toBe('{"secret":"***"}')
    expect(secret.reveal()).toBe('hunter2')
  })
})
