import { expect, test } from 'vitest'
import { hasLine, withLine } from '../../../../src/resources/host/nginx-config.ts'

const line = 'include /etc/nginx/tenants.d/*.conf;'

test.each<[string, string, boolean]>([
  ['the line', `http {\n\t${line}\n}`, true],
  ['the line with others', `http { ${line} }`, true],
  ['a comment', `http {\n  # ${line}\n}`, false],
  ['a comment behind a directive', `http {\n  gzip on; # ${line}\n}`, false],
  ['a hash in a string', `http {\n  add_header X "#"; ${line}\n}`, true],
  ['another folder', 'http {\n  include /etc/nginx/sites-enabled/*;\n}', false]
])('finds the line: %s', (_, text, found) => {
  expect(hasLine(text, line)).toBe(found)
})

test.each<[string, string, string | null]>([
  ['an empty block', 'http {\n}\n', `http {\n  ${line}\n}\n`],
  ['on one line', 'events {} http { gzip on; }', `events {} http { gzip on; \n  ${line}\n}`],
  [
    'blocks within',
    'http {\n  map $a $b {\n    x 1;\n  }\n}\n',
    `http {\n  map $a $b {\n    x 1;\n  }\n  ${line}\n}\n`
  ],
  ['what follows', 'http\n{\n}\nmail {\n}\n', `http\n{\n  ${line}\n}\nmail {\n}\n`],
  ['braces in comments', 'http {\n  # {\n}\n#}\n', `http {\n  # {\n  ${line}\n}\n#}\n`],
  [
    'braces in strings',
    `http {\n  log_format j '{"a": "}';\n}\n`,
    `http {\n  log_format j '{"a": "}';\n  ${line}\n}\n`
  ],
  ['a string with quotes', `http {\n  a "\\"}";\n}\n`, `http {\n  a "\\"}";\n  ${line}\n}\n`],
  ['variables in braces', 'http {\n  a x${b}y;\n}\n', `http {\n  a x\${b}y;\n  ${line}\n}\n`],
  ['an apostrophe in a word', "http {\n  a it's;\n}\n", `http {\n  a it's;\n  ${line}\n}\n`],
  ['http elsewhere', 'stream {\n  http {\n  }\n}\n', null],
  ['no end', 'http {\n', null],
  ['nothing', '', null]
])('adds the line: %s', (_, text, expected) => {
  expect(withLine(text, line)).toBe(expected)
})
