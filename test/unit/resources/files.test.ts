import { describe, expect, test } from 'vitest'
import type { FileFact, Tree } from '../../../src/facts/facts.ts'
import { filesResource, rebuiltFiles, treeChanges } from '../../../src/resources/files.ts'
import { absent, file, layout } from './acme.ts'

const text = (sha256: string, bytes = 1) => ({ sha256: sha256.repeat(64), executable: false, bytes })
const link = (target: string) => ({ link: target, executable: false, bytes: target.length })

describe('what a sync would do', () => {
  test.each<[string, Tree, Tree, object]>([
    ['nothing', { a: text('1') }, { a: text('1') }, {}],
    ['create', { b: text('2', 5), a: text('1', 7) }, {}, { created: ['a', 'b'], bytes: 12 }],
    ['change what has the same size', { a: text('1', 3) }, { a: text('2', 3) }, { changed: ['a'], bytes: 3 }],
    ['make executable', { a: { ...text('1'), executable: true } }, { a: text('1') }, { changed: ['a'], bytes: 1 }],
    ['put a link where a file was', { a: link('b') }, { a: text('1') }, { changed: ['a'], bytes: 1 }],
    ['point a link elsewhere', { a: link('bc') }, { a: link('b') }, { changed: ['a'], bytes: 2 }],
    ['delete', {}, { b: text('2'), a: text('1') }, { deleted: ['a', 'b'] }],
    ['create what every object is named', { constructor: text('1') }, {}, { created: ['constructor'], bytes: 1 }],
    ['delete what every object is named', {}, { toString: text('1') }, { deleted: ['toString'] }],
    ['rename', { 'new\nname': text('1') }, { old: text('1') }, { created: ['new\nname'], deleted: ['old'], bytes: 1 }]
  ])('%s', (_, desired, live, expected) => {
    expect(treeChanges(desired, live)).toEqual({ created: [], changed: [], deleted: [], bytes: 0, ...expected })
  })
})

describe('the files of a lane', () => {
  const source = { a: text('1'), b: text('2') }
  const app = filesResource(layout, 'app', source, null)
  const live = (files: Tree) => ({ live: { exists: true, files }, widget: absent, record: absent })

  const recorded = (rebuilt: Record<string, Tree[string] | null>) =>
    file(
      JSON.stringify({
        version: 1,
        id: 'x',
        at: 'x',
        by: 'x',
        commit: null,
        run: null,
        recipe: {},
        lockfile: null,
        files: source,
        rebuilt
      })
    )

  test('asks for what the live release recorded', () => {
    expect(app.requests.live).toEqual({
      kind: 'tree',
      root: '/srv/tenants/acme/app/current',
      recordedIn: '/srv/tenants/acme/app/current/.tenant/release.json'
    })
  })

  test('are in sync, drifted or missing', () => {
    expect(app.compare(live(source))).toEqual({ verdict: 'in-sync', differences: [] })
    expect(app.compare({ live: { exists: false, files: {} }, widget: absent, record: absent })).toEqual({
      verdict: 'missing',
      differences: [{ attribute: 'files', expected: '2 files', actual: 'missing' }]
    })
    expect(app.compare(live({ a: { ...text('3'), executable: true }, c: link('a') }))).toEqual({
      verdict: 'drifted',
      differences: [
        { attribute: 'b', expected: 'sha256 222222222222', actual: 'missing' },
        { attribute: 'a', expected: 'sha256 111111111111', actual: 'sha256 333333333333, executable' },
        { attribute: 'c', expected: 'no such file', actual: 'link to a' }
      ]
    })
  })

  const widget = { file: 'public/widget.js', to: 'assets/widget.js' }
  const built: FileFact = { exists: true, sha256: '9'.repeat(64), bytes: 9 }

  test('show the widget that the live app serves', () => {
    const site = filesResource(layout, 'marketing', { ...source, 'assets/widget.js': text('0') }, widget)
    expect(site.requests.widget).toMatchObject({ path: '/srv/tenants/acme/app/current/public/widget.js' })
    expect(site.desired({ ...live({}), widget: built })['assets/widget.js']).toEqual(text('9', 9))
    expect(site.desired(live({}))['assets/widget.js']).toEqual(text('0'))
  })

  test('stay as they are without a source, but for the widget', () => {
    const site = filesResource(layout, 'marketing', null, widget)
    const facts = { ...live({ a: text('1'), 'assets/widget.js': text('0') }), widget: built }
    expect(site.desired(facts)).toEqual({ a: text('1'), 'assets/widget.js': text('9', 9) })
    expect(site.compare(facts).differences.map(({ attribute }) => attribute)).toEqual(['assets/widget.js'])
  })

  describe('that lie there and were never shipped', () => {
    const site = filesResource(layout, 'marketing', source, null)
    const found = { live: { exists: true, files: source, others: ['old/page.html', 'x'] }, widget: absent }

    test('are looked for in a site, and not in an app, which is built there', () => {
      expect(site.requests.live).toMatchObject({ othersOutside: '.tenant' })
      expect(app.requests.live).not.toHaveProperty('othersOutside')
    })

    test('are differences, and no part of what the site holds', () => {
      expect(site.compare({ ...found, record: recorded({}) })).toEqual({
        verdict: 'drifted',
        differences: ['old/page.html', 'x'].map((attribute) => ({
          attribute,
          expected: 'no such file',
          actual: 'a file that was never shipped'
        }))
      })
      const asLive = filesResource(layout, 'marketing', null, null)
      expect(asLive.desired({ ...found, record: recorded({}) })).toEqual(source)
    })

    test('are not known where the record is lost', () => {
      expect(site.compare({ ...found, record: absent }).verdict).toBe('in-sync')
    })
  })

  describe('that the build on the host has rewritten', () => {
    test('are what the build made of them, and what is missing or added is known', () => {
      expect(rebuiltFiles(source, { a: text('7') })).toEqual({ a: text('7'), b: null })
      expect(rebuiltFiles(source, source)).toEqual({})
    })

    test('are no drift, as long as they are what the build left', () => {
      const record = recorded({ a: text('7'), b: null })
      expect(app.compare({ ...live({ a: text('7') }), record }).verdict).toBe('in-sync')
      expect(app.compare({ ...live({ a: text('8') }), record }).differences).toEqual([
        { attribute: 'a', expected: 'sha256 111111111111', actual: 'sha256 888888888888' }
      ])
    })

    test('are a change when the source changes', () => {
      const edited = filesResource(layout, 'app', { ...source, a: text('5') }, null)
      const record = recorded({ a: text('7') })
      const differences = edited.compare({ ...live({ a: text('7'), b: text('2') }), record }).differences
      expect(differences.map(({ attribute }) => attribute)).toEqual(['a'])
    })
  })
})
