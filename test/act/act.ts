import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What these tests were written with. A newer one that is already there will do. */
const VERSION = '0.2.89'
const MODULE = `github.com/nektos/act@v${VERSION}`
const MINUTE = 60_000

/** Either where act is, or what this machine lacks for it. */
export type Act = { path: string; lacks: null } | { path: null; lacks: string }

/** Where programs are looked for: names in PATH, or files. */
const usual = { act: 'act', go: ['go', '/usr/local/go/bin/go'] }

/**
 * act runs the jobs of a workflow file on this machine (https://nektosact.com). Where Go is installed it is built from
 * source into Go's own folder of programs, once.
 * @param say is told where that takes a while
 */
export function findAct(say: (line: string) => void, programs = usual): Act {
  const go = programs.go.find((path) => answer(path, ['version']) !== null)
  const folder = go === undefined ? null : binaries(go)
  const places = [programs.act, ...(folder === null ? [] : [join(folder, 'act')])]
  const found = places.find(isNewEnough)
  if (found !== undefined) return { path: found, lacks: null }
  if (go === undefined || folder === null) return { path: null, lacks: `act ${VERSION}, and Go to install it with` }
  say(`installing act ${VERSION} with Go, into ${folder}`)
  const { status, stderr, error } = spawnSync(go, ['install', MODULE], { encoding: 'utf8', timeout: 10 * MINUTE })
  const path = join(folder, 'act')
  if (status === 0 && isNewEnough(path)) return { path, lacks: null }
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? ''
  return { path: null, lacks: `act ${VERSION}: go install ${MODULE} failed: ${reason}` }
}

/** Where `go install` puts programs. */
function binaries(go: string): string | null {
  const [own, path] = (answer(go, ['env', 'GOBIN', 'GOPATH']) ?? '').split('\n')
  if (own !== undefined && own !== '') return own
  const first = path?.split(':')[0]
  return first === undefined || first === '' ? null : join(first, 'bin')
}

function isNewEnough(path: string): boolean {
  if (path.includes('/') && !existsSync(path)) return false
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(answer(path, ['--version']) ?? '')
  if (found === null) return false
  const wanted = VERSION.split('.').map(Number)
  const difference = wanted.map((number, index) => Number(found[index + 1]) - number).find((one) => one !== 0)
  return (difference ?? 0) >= 0
}

function answer(program: string, words: string[]): string | null {
  const { status, stdout } = spawnSync(program, words, { encoding: 'utf8', timeout: MINUTE })
  return status === 0 ? stdout : null
}
