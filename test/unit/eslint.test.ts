import { join } from 'node:path'
import { ESLint, Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What the project's own rule on syntax says of a text, were it in this file. */
async function complaints(file: string, text: string): Promise<string[]> {
  const { rules = {} } = (await new ESLint({ cwd: root }).calculateConfigForFile(file)) as Linter.Config
  const rule = rules['no-restricted-syntax']
  const config: Linter.Config = {
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    rules: rule === undefined ? {} : { 'no-restricted-syntax': rule }
  }
  return new Linter().verify(text, config).map(({ message }) => message)
}

test.each([
  "spawn('git', ['status'])",
  "execFileSync('git', ['rev-parse', 'HEAD'], { cwd })",
  "runHere(['git', ...words], options)",
  "const program = 'git'; spawn(program)",
  'spawn(`git`, words)',
  "spawn('/usr/bin/git', words)",
  "childProcess.execSync('git status')",
  'exec(`git ls-files ${folder}`)'
])('git is started in one place: %s', async (text) => {
  for (const file of ['src/head.ts', 'src/source/clone.ts', 'src/preview/between.ts'])
    expect(await complaints(file, text)).toEqual([expect.stringContaining('src/source/git.ts')])
  expect(await complaints('src/source/git.ts', text)).toEqual([])
})

test.each(["const remedy = 'git log knows it here'", "import { git } from './git.ts'", "join(folder, '.git')"])(
  'what only speaks of git is left alone: %s',
  async (text) => {
    expect(await complaints('src/head.ts', text)).toEqual([])
  }
)
