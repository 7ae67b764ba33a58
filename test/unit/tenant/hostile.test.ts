import { describe, expect, test } from 'vitest'
import { pathName } from '../../../src/tenant/complaint.ts'
import { tenantSchema } from '../../../src/tenant/schema.ts'
import type { Path } from '../../../src/tenant/source.ts'
import { hostile, wordy } from './hostile-values.ts'
import { complaintsAbout, fullTenant, laneWith, tenantWith } from './manifest.ts'

const words: Path[] = [
  ['name'],
  ['host'],
  ['tls', 'certificate'],
  ['tls', 'key'],
  ['database', 'name'],
  ['database', 'role'],
  ['database', 'password'],
  ['app', 'domain'],
  ['app', 'redirects', 0],
  ['app', 'source'],
  ['app', 'health'],
  ['app', 'lockfile'],
  ['app', 'cache', 0],
  ['app', 'static', 'from'],
  ['app', 'static', 'at'],
  ['app', 'migrations'],
  ['app', 'secrets', 'SESSION_SECRET'],
  ['app', 'assets', 0],
  ['app', 'body_limit'],
  ['marketing', 'domain'],
  ['marketing', 'redirects', 0],
  ['marketing', 'source'],
  ['marketing', 'source', 'repository'],
  ['marketing', 'source', 'ref'],
  ['marketing', 'source', 'token'],
  ['marketing', 'output'],
  ['marketing', 'widget', 'file'],
  ['marketing', 'widget', 'to'],
  ['marketing', 'widget', 'api'],
  ['marketing', 'assets', 0]
]
const sentences: Path[] = [
  ['app', 'install'],
  ['app', 'build'],
  ['app', 'start'],
  ['app', 'headers', 'Permissions-Policy'],
  ['marketing', 'build'],
  ['marketing', 'headers', 'X-Frame-Options']
]

/** Paths with a name of the reader's own choosing. */
const keys: Path[] = [
  ['app', 'env'],
  ['app', 'secrets'],
  ['app', 'headers'],
  ['marketing', 'headers']
]

test('the full tenant is fine, and each lane by itself', () => {
  expect(complaintsAbout(fullTenant())).toEqual([])
  expect(complaintsAbout(laneWith(['name'], 'acme'))).toEqual([])
  expect(complaintsAbout(laneWith(['marketing', 'output'], 'out'))).toEqual([])
})

describe.each([...words, ...sentences].map((path) => ({ path, name: path.join('.') })))('$name', ({ path }) => {
  const isWord = words.includes(path)
  const cases = Object.entries(isWord ? { ...hostile, ...wordy } : hostile).filter(
    // A header may hold what only shells read, and a blank.
    ([, value]) => !(path.includes('headers') && value === ' ')
  )
  test.each(cases)('refuses %s', (_, value) => {
    const lines = complaintsAbout(laneWith(path, value))
    expect(lines.some((line) => line.includes(`: ${pathName(path)}: `))).toBe(true)
    expect(lines.join('\n')).toMatch(/^[\x20-\x7e\n…]+$/)
    expect(lines.every((line) => line.startsWith('tenant.yml:1:'))).toBe(true)
  })
})

describe.each(keys.map((path) => ({ path, name: path.join('.') })))('a key of $name', ({ path }) => {
  test.each(Object.entries({ ...hostile, ...wordy }))('is refused with %s', (_, key) => {
    expect(complaintsAbout(laneWith([...path, key], 'VALUE'))).not.toEqual([])
  })

  test('is refused as __proto__', () => {
    const text = JSON.stringify(tenantWith([...path, 'xxPROTOxx'], 'VALUE')).replace('xxPROTOxx', '__proto__')
    expect(complaintsAbout(JSON.parse(text))).not.toEqual([])
  })
})

describe('an env value', () => {
  const lines = Object.entries(hostile).filter(([name]) => !['an empty value', 'a blank'].includes(name))
  const blocks = ['an nginx block', 'a double quote']
  test.each(lines.filter(([name]) => !blocks.includes(name)))('refuses %s', (_, value) => {
    expect(complaintsAbout(tenantWith(['app', 'env', 'BRAND_NAME'], value))).not.toEqual([])
  })

  test.each(['', ' ', 'Zoë’s Café 東京', '{"a": "it\'s"}', '#fff', 'a=b', 'https://x.example/?a=1&b=2'])(
    'lets %j in',
    (value) => {
      expect(complaintsAbout(tenantWith(['app', 'env', 'BRAND_NAME'], value))).toEqual([])
    }
  )
})

describe('a command', () => {
  test.each([
    'npm run build && reboot',
    'npm run build; reboot',
    'npm run build | tee x',
    'npm run  build',
    ' npm run build',
    'npm run build ',
    'npm run "build"',
    "sh -c 'x'",
    'npm run build > x',
    'npm run build &',
    'cat ~/x',
    'ls *',
    '--version',
    'NODE_ENV=test npm run build',
    '=x',
    'npm run b\u0456uild'
  ])('refuses %j', (command) => {
    expect(complaintsAbout(tenantWith(['app', 'build'], command))).toHaveLength(1)
  })

  test('says where shell syntax belongs', () => {
    expect(complaintsAbout(tenantWith(['app', 'build'], 'a && b')).join()).toContain('script of package.json')
  })

  test('is a list of words', () => {
    expect(tenantSchema.parse(fullTenant()).app?.start).toEqual([
      'node_modules/.bin/next',
      'start',
      '--hostname',
      '127.0.0.1'
    ])
  })
})

test('a value that may be a secret is never repeated', () => {
  for (const path of [
    ['database', 'password'],
    ['app', 'env', 'A'],
    ['marketing', 'source', 'token']
  ] as Path[]) {
    expect(complaintsAbout(tenantWith(path, 'hunter2$')).join()).not.toContain('hunter2')
  }
  const address = 'https://me:hunter2@github.com/a/b'
  expect(complaintsAbout(tenantWith(['marketing', 'source', 'repository'], address)).join()).not.toContain('hunter2')
  expect(complaintsAbout(tenantWith(['database', 'password'], 31337)).join()).not.toContain('31337')
})

test('an international domain is told its ASCII form', () => {
  expect(complaintsAbout(tenantWith(['app', 'domain'], 'münchen.example')).join()).toContain('xn--mnchen-3ya.example')
})

/** Every kind of value in the place of every other: a complaint, never a crash. */
test('no kind of value in any place breaks the judge', () => {
  const paths: Path[] = []
  const visit = (value: unknown, path: Path) => {
    paths.push(path)
    if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value))
        visit((value as Record<string, unknown>)[key], [...path, Array.isArray(value) ? Number(key) : key])
    }
  }
  visit(fullTenant(), [])
  for (const path of paths.slice(1)) {
    for (const value of [null, true, 7, 'text', [], [[]], {}, { a: { b: 1 } }, undefined]) {
      expect(Array.isArray(complaintsAbout(laneWith(path, value)))).toBe(true)
    }
  }
  expect(paths.length).toBeGreaterThan(50)
})
