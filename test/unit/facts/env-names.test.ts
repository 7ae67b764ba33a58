import { expect, test } from 'vitest'
import { hashEnv, readEnv } from '../../../src/facts/env-names.ts'
import { envText } from '../../../src/resources/env-text.ts'

test.each<[string, string, Record<string, string>]>([
  ['bare', 'A=one\nB=two words \n', { A: 'one', B: 'two words' }],
  ['empty', "A=\nB=''\n", { A: '', B: '' }],
  ['single quotes', `A='it "is" \`so\` # here'`, { A: 'it "is" `so` # here' }],
  ['double quotes', `A="it's"`, { A: "it's" }],
  ['backticks', 'A=`it\'s "so"`', { A: `it's "so"` }],
  ['over several lines', `A='one\ntwo=2\n# three'\nB=4`, { A: 'one\ntwo=2\n# three', B: '4' }],
  ['\\n only between double quotes', String.raw`A="x\ny"` + '\n' + String.raw`B='x\ny'`, { A: 'x\ny', B: 'x\\ny' }],
  [
    'escaped dollars',
    String.raw`A='\$HOME'` + '\n' + String.raw`B="a\$\$b"` + '\n' + String.raw`C=\$1`,
    { A: '$HOME', B: 'a$$b', C: '$1' }
  ],
  ['comments', `# A='no'\n  # B=no\nC='yes' # why\nD=yes # why`, { C: 'yes', D: 'yes' }],
  ['an assignment inside a comment', `# it's off\nA='on'\n`, { A: 'on' }],
  ['equal signs', `URL='postgresql://u:p@h/db?a=b'`, { URL: 'postgresql://u:p@h/db?a=b' }],
  ['Windows line ends', "A='1'\r\nB=2\r\n", { A: '1', B: '2' }],
  ['export', 'export A=1', { A: '1' }],
  ['the last of two wins', 'A=1\nA=2', { A: '2' }],
  ['lines without a name', 'nothing\n=1\nA=1', { A: '1' }]
])('reads %s', (_, text, expected) => {
  expect(Object.fromEntries(readEnv(text))).toEqual(expected)
})

test('a name that objects have by themselves is a name like others', () => {
  expect(JSON.stringify(hashEnv('__proto__=x'))).toMatch(/^\{"__proto__":"[0-9a-f]{64}"\}$/)
})

test('reads back what is written', () => {
  const values = {
    PLAIN: 'x',
    EMPTY: '',
    SPACES: '  a b  ',
    DOLLAR: 'pa$$word$HOME ${HOME}',
    QUOTES: `it's "so"`,
    TICKS: '`a` "b"',
    HASH: 'a # b',
    LINES: "-----BEGIN KEY-----\nab='c'\n# d\n-----END KEY-----\n",
    BACKSLASH: 'C:\\new\\row',
    EQUALS: '=a=b',
    UNICODE: 'ünï 🔑'
  }
  expect(Object.fromEntries(readEnv(envText(values)))).toEqual(values)
})
