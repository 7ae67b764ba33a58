import tseslint from 'typescript-eslint'

/** Told to work in a folder, git may take it for a repository, and run what is named there. */
const startsGit =
  'git is started by src/source/git.ts alone, which names the repository and closes what could start a program'
const starts = 'CallExpression:matches([callee.name=/^(exec|spawn)/], [callee.property.name=/^(exec|spawn)/])'

export default tseslint.config(
  { ignores: ['dist/', 'lib/', 'coverage/', 'node_modules/', 'test/booking-app/', 'test/*-site/', '.sandbox/'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A value that a schema or a test has just made sure of.
      '@typescript-eslint/no-non-null-assertion': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error'
    }
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/source/git.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Literal[value=/^(.*\\/)?git$/]', message: startsGit },
        { selector: 'TemplateElement[value.cooked=/^(.*\\/)?git$/]', message: startsGit },
        // A whole command line.
        { selector: `${starts} > Literal.arguments:first-child[value=/^(.*\\/)?git\\s/]`, message: startsGit },
        {
          selector: `${starts} > TemplateLiteral.arguments:first-child[quasis.0.value.cooked=/^(.*\\/)?git\\s/]`,
          message: startsGit
        }
      ]
    }
  }
)
