import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findAct } from '../../act/act.ts'

let folder: string
let said: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'find-act-'))
  said = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const program = (name: string, lines: string) => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  return path
}

/** As Go answers, but for what `install` does. */
const go = (install: string) =>
  program(
    'go',
    `case "$1" in version) ;; env) printf '\\n%s\\n' '${folder}/gopath:/other' ;; install) ${install} ;; esac`
  )

const act = (name: string, version: string) => program(name, `echo "act version ${version}"`)
const find = (programs: { act?: string; go?: string[] }) =>
  findAct((line) => said.push(line), { act: join(folder, 'none'), go: [join(folder, 'none')], ...programs })

test.each(['0.2.89', '0.2.100', '1.0.0'])('act %s that is there is taken, without Go', (version) => {
  const path = act('here', version)
  expect(find({ act: path })).toEqual({ path, lacks: null })
})

test('without act and Go, it says that both are lacking', () => {
  expect(find({})).toEqual({ path: null, lacks: 'act 0.2.89, and Go to install it with' })
  expect(find({ act: act('old', '0.2.88') })).toMatchObject({ path: null })
  expect(said).toEqual([])
})

test('Go installs it once, into its own folder', () => {
  const fresh = act('fresh', '0.2.89')
  const path = `${folder}/gopath/bin/act`
  const programs = { go: [join(folder, 'none'), go(`mkdir -p ${folder}/gopath/bin; cp ${fresh} ${path}`)] }
  expect(find(programs)).toEqual({ path, lacks: null })
  expect(said).toEqual([`installing act 0.2.89 with Go, into ${folder}/gopath/bin`])
  expect(find({ go: [go('exit 1')] })).toEqual({ path, lacks: null })
  expect(said.length).toBe(1)
})

test('where Go cannot fetch it, it says why', () => {
  const broken = go(`echo 'go: downloading' >&2; echo 'dial tcp: lookup proxy.golang.org: no such host' >&2; exit 1`)
  const { path, lacks } = find({ go: [broken] })
  expect(path).toBe(null)
  expect(lacks).toBe(
    'act 0.2.89: go install github.com/nektos/act@v0.2.89 failed: dial tcp: lookup proxy.golang.org: no such host'
  )
})
