import { describe, expect, test } from 'vitest'
import type { FileFact } from '../../../../src/facts/facts.ts'
import type { AccountFact } from '../../../../src/facts/host-facts.ts'
import {
  authorizedKeys,
  HOME,
  KEYS,
  MORE_KEYS,
  PROGRAM,
  programFiles,
  RULE,
  sha256,
  sudoRule
} from '../../../../src/resources/host/observer-files.ts'
import { observerResource } from '../../../../src/resources/host/observer.ts'
import { packagesResource } from '../../../../src/resources/host/packages.ts'
import type { FactsOf } from '../../../../src/resources/resource.ts'
import { KEY, observed } from '../../facts/held/sample.ts'
import { host as plain, tenant } from '../acme.ts'

const observer = observed.observer!
const resource = observerResource(observed, 'the collector')
const files = [authorizedKeys(observer), ...programFiles(observed, 'the collector'), sudoRule(observer)]
const account: AccountFact = { exists: true, uid: 999, home: HOME, shell: '/bin/sh', group: 'look', groups: [] }

type Facts = FactsOf<typeof resource.requests>
/** The host as provision leaves it, but for what a test says. */
function facts(otherwise: Record<string, Partial<FileFact> | AccountFact> = {}): Facts {
  const seen: Record<string, unknown> = { account, [MORE_KEYS]: { exists: false } }
  const whole = { exists: true, owner: 'root', group: 'root' }
  for (const { path, text, mode } of files) seen[path] = { ...whole, type: 'file', mode, sha256: sha256(text) }
  for (const path of [PROGRAM, HOME, `${HOME}/.ssh`]) seen[path] = { ...whole, type: 'folder', mode: '0755' }
  for (const [name, fact] of Object.entries(otherwise)) seen[name] = { ...(seen[name] as object), ...fact }
  return seen as unknown as Facts
}
const compare = (otherwise?: Parameters<typeof facts>[0]) => resource.compare(facts(otherwise))
const actions = (otherwise?: Parameters<typeof facts>[0]) => resource.changes(facts(otherwise)).map(({ what }) => what)

test('asks for all that the files and the account say, and for no text', () => {
  const requests = Object.values(resource.requests)
  expect(requests).toHaveLength(files.length + 5)
  expect(JSON.stringify(requests)).not.toContain('contentUpTo')
})

test('is in sync as provision leaves it', () => {
  expect(compare()).toEqual({ verdict: 'in-sync', differences: [] })
  expect(actions()).toEqual([])
})

describe('what it writes', () => {
  const textOf = (path: string) => files.find((file) => file.path === path)!.text

  test('holds each key to the door, and to nothing else', () => {
    expect(textOf(KEYS)).toBe(
      `# Written by tenant provision.\nrestrict,command="/usr/local/lib/tenant-deploy/door" ${KEY}\n`
    )
  })

  test('lets the account run one program as root, without a word behind it', () => {
    expect(textOf(RULE).split('\n')).toContain(
      'look ALL=(root) NOPASSWD: NOSETENV: /usr/local/lib/tenant-deploy/look ""'
    )
  })

  test('starts the collector with no more than a path of programs', () => {
    const look = programFiles({ ...observed, path: ['/opt/node/bin'] }, '').find(({ path }) => path.endsWith('/look'))!
    expect(look.text).toContain('exec /usr/bin/env -i PATH=/opt/node/bin:/usr/local/sbin:')
    expect(look.mode).toBe('0755')
  })

  test('tells the collector of the host, and no secret', () => {
    const told = textOf(`${PROGRAM}/host.json`)
    expect(JSON.parse(told)).toMatchObject({ root: '/srv/tenants', account: 'look', postgres: { port: 5432 } })
    expect(told).not.toMatch(/password/i)
  })
})

test('is missing on a host that has none of it', () => {
  const none = Object.fromEntries(
    [...files.map(({ path }) => path), PROGRAM, HOME, `${HOME}/.ssh`].map((path) => [path, { exists: false }])
  )
  const absent = { ...none, account: { exists: false } }
  expect(compare(absent)).toMatchObject({ verdict: 'missing', differences: [{ attribute: KEYS }] })
  expect(actions(absent)).toEqual([
    `make ${PROGRAM} and ${HOME}`,
    'let 1 key look at the host, and no other',
    ...programFiles(observed, '').map(({ path }) => `write ${path}`),
    'let look run the collector as root, and nothing else',
    'make the account look'
  ])
})

describe('drifts, and has what differs put right, keys before all else', () => {
  const keys = 'let 1 key look at the host, and no other'
  test.each([
    ['another key file', { [KEYS]: { sha256: 'f'.repeat(64) } }, KEYS, [keys]],
    ['a key file of somebody’s', { [KEYS]: { owner: 'look' } }, `owner of ${KEYS}`, [keys]],
    ['a key file that others write', { [KEYS]: { mode: '0666' } }, `mode of ${KEYS}`, [keys]],
    ['a link for a key file', { [KEYS]: { link: '/tmp/keys' } }, KEYS, [keys]],
    ['a second key file', { [MORE_KEYS]: { exists: true } }, MORE_KEYS, [keys]],
    [
      'another collector',
      { [`${PROGRAM}/collector.cjs`]: { sha256: 'f'.repeat(64) } },
      `${PROGRAM}/collector.cjs`,
      [`write ${PROGRAM}/collector.cjs`]
    ],
    [
      'a folder that others write',
      { [PROGRAM]: { mode: '0777' } },
      `mode of ${PROGRAM}`,
      [`make ${PROGRAM} and ${HOME}`]
    ],
    [
      'a rule that is gone',
      { [RULE]: { exists: false } },
      RULE,
      ['let look run the collector as root, and nothing else']
    ],
    [
      'a group',
      { account: { ...account, groups: ['sudo'] } },
      'other groups of the account look',
      ['make the account look']
    ],
    [
      'another shell',
      { account: { ...account, shell: '/bin/bash' } },
      'shell of the account look',
      ['make the account look']
    ]
  ])('%s', (_, otherwise, attribute, wanted) => {
    const found = compare(otherwise)
    expect(found.verdict).toBe('drifted')
    expect(found.differences.map((difference) => difference.attribute)).toEqual([attribute])
    expect(actions(otherwise)).toEqual(wanted)
  })
})

test.each([
  ['another home', { ...account, home: '/home/look' }],
  ['the rights of root', { ...account, uid: 0 }]
])('an account with %s is somebody’s: nothing is done, and a person is told', (_, of) => {
  expect(compare({ account: of }).verdict).toBe('drifted')
  expect(actions({ account: of, [KEYS]: { sha256: 'f'.repeat(64) } })).toEqual([])
  expect(resource.remedy).toContain('name another under observer.user')
})

describe('where the host’s file names nobody', () => {
  const nobody = observerResource(plain, 'the collector')
  const left = (there: string[]) =>
    Object.fromEntries(
      [KEYS, MORE_KEYS, RULE].map((path) => [path, { exists: there.includes(path) }])
    ) as unknown as Facts

  test('nothing that lets somebody in may be there', () => {
    expect(nobody.compare(left([]))).toEqual({ verdict: 'in-sync', differences: [] })
    expect(nobody.compare(left([KEYS])).verdict).toBe('drifted')
    const [change] = nobody.changes(left([KEYS, RULE]))
    expect(change!.command).toMatchObject({ args: [KEYS, RULE] })
  })
})

test('sudo is among the packages, also where root connects', () => {
  const names = (host: typeof observed) => packagesResource(host, tenant).requests.tools.names
  expect(names(observed)).toContain('sudo')
  expect(names(plain)).not.toContain('sudo')
})
