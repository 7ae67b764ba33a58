import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { renderTemplate } from '../../../src/resources/templates.ts'
import { thrownBy } from '../thrown.ts'

const folder = mkdtempSync(join(tmpdir(), 'templates-'))
afterAll(() => rmSync(folder, { recursive: true }))

function rendered(text: string): string {
  writeFileSync(join(folder, 'x.mustache'), text)
  return renderTemplate(folder, 'x.mustache', {
    name: 'acme',
    zero: 0,
    empty: '',
    quoted: '"a" & <b>',
    list: ['x', 'y'],
    none: [],
    rows: [{ at: 1 }]
  })
}

test.each([
  ['{{name}}', 'acme'],
  ['{{zero}}|{{empty}}|', '0||'],
  ['{{quoted}} {{{quoted}}} {{&quoted}}', '"a" & <b> "a" & <b> "a" & <b>'],
  ['${{name}}_x', '$acme_x'],
  ['{{#list}}[{{.}}]{{/list}}', '[x][y]'],
  ['{{#none}}x{{/none}}{{^none}}y{{/none}}', 'y'],
  ['{{#rows}}{{at}} of {{name}}{{/rows}}', '1 of acme'],
  ['{{#unset}}{{unset}}{{/unset}}ok', 'ok'],
  ['{{! a note }}ok', 'ok']
])('%s', (text, expected) => {
  expect(rendered(text)).toBe(expected)
})

test.each([
  ['{{nmae}}', 'the template names {{nmae}}, which is not set'],
  ['{{{nmae}}}', 'the template names {{nmae}}, which is not set'],
  ['{{#rows}}{{nope}}{{/rows}}', 'the template names {{nope}}, which is not set'],
  ['{{list}}', 'the template names {{list}}, which is not set'],
  ['{{#name}}', 'the template is malformed'],
  ['{{name', 'the template is malformed'],
  ['{{/name}}', 'the template is malformed']
])('%s is an error that names the file', (text, message) => {
  const error = thrownBy(() => rendered(text))
  expect(error).toMatchObject({ kind: 'manifest', where: join(folder, 'x.mustache'), exitCode: 64 })
  expect(error.message).toContain(message)
  expect(error.remedy).toBeTruthy()
})

test('a template that is missing is an error that names the file', () => {
  const error = thrownBy(() => renderTemplate(folder, 'nope.mustache', {}))
  expect(error).toMatchObject({
    kind: 'manifest',
    message: 'the template is missing, or is not a plain file',
    where: join(folder, 'nope.mustache')
  })
})
