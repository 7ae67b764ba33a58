import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codeBlocks } from '../../docs/markdown.ts'
import { actionlint, houseRules, inputsOfAction, inputsOfWorkflow, languageService, workflows } from './judges.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/github.md'), 'utf8')
const [console = ''] = codeBlocks(page, 'console')

/** The names of the workflows that docs/github.md has people copy, and what it has them exchange. */
const [, names = ''] = /workflows\/\{([a-z,-]+)\}\.yml/.exec(console) ?? []
const [, from = '', to = ''] = /'s\|(.*)\|(.*)\|'/.exec(console) ?? []

it.each(names.split(','))('%s is a workflow of another repository after the steps of docs/github.md', async (name) => {
  const text = new Map(workflows).get(`${name}.yml`)!
  const copied = text.replaceAll(new RegExp(from, 'gm'), to)
  expect(copied).not.toMatch(/uses: \.\/$/m)
  expect(await actionlint(`${name}.yml`, copied)).toEqual([])
  expect(await languageService(`${name}.yml`, copied)).toEqual([])
})

it('shows a marketing repository a workflow that hands over what marketing.yml takes', async () => {
  const [shown = ''] = codeBlocks(page, 'yaml')
  expect(await actionlint('ship.yml', shown)).toEqual([])
  expect(await languageService('ship.yml', shown)).toEqual([])
  expect(inputsOfWorkflow('ship.yml', shown)).toEqual([])
  expect(inputsOfWorkflow('ship.yml', shown.replace('tenant:', 'tenants:'))).toEqual([
    'ship.yml: marketing.yml has no input tenants',
    'ship.yml: marketing.yml has the input tenant, which is missing'
  ])
  expect(inputsOfWorkflow('ship.yml', shown.replace('token:', 'key:'))).toEqual([
    'ship.yml: marketing.yml has no secret key',
    'ship.yml: marketing.yml has the secret token, which is missing'
  ])
})

it('shows how a site is built in a job that holds no secrets', async () => {
  const [, text = ''] = codeBlocks(page, 'yaml')
  const shown = text.replace('uses: your-org/tenant-deploy@v1', 'uses: ./')
  const name = 'yourbrand-site.yml'
  expect(await actionlint(name, shown)).toEqual([])
  expect(await languageService(name, shown)).toEqual([])
  expect(shown).not.toBe(text)
  expect([...inputsOfAction(name, shown), ...houseRules(name, shown)]).toEqual([])
  const [build = '', deploy = ''] = shown.split('  deploy:\n')
  expect([build.includes('run: npm'), build.includes('secrets.')]).toEqual([true, false])
  expect([deploy.includes('run: '), deploy.includes('secrets.')]).toEqual([false, true])
})
