import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parse } from 'yaml'
import { stepsOf, workflows, type Workflow } from './judges.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'scripts-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** The command of GitHub, which notes what it is asked, and answers as the lines of this script say. */
function gh(answers: string): void {
  writeFileSync(
    join(folder, 'gh'),
    `#!/usr/bin/env bash\nprintf '%s\\0' "$@" >> ${folder}/asked\necho >> ${folder}/asked\n${answers}\n`
  )
  chmodSync(join(folder, 'gh'), 0o755)
}

/** Runs each script of a workflow as a runner does; stops at the first that fails. */
function run(name: string, env: Record<string, string>): { code: number; output: string; asked: string[][] } {
  const scripts = stepsOf(parse(new Map(workflows).get(name)!) as Workflow).flatMap(({ run: script }) => script ?? [])
  expect(scripts).not.toEqual([])
  let output = ''
  let code = 0
  for (const script of scripts) {
    const file = join(folder, 'step.sh')
    writeFileSync(file, script)
    const path = [folder, process.env['PATH']].join(delimiter)
    const ran = spawnSync('bash', ['-e', file], { env: { ...env, PATH: path }, encoding: 'utf8' })
    output += ran.stdout + ran.stderr
    code = ran.status ?? 128
    if (code !== 0) break
  }
  const log = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8') : ''
  return {
    code,
    output,
    asked: log
      .split('\0\n')
      .filter(Boolean)
      .map((line) => line.split('\0'))
  }
}

it('marketing.yml asks for its tenant, and for nothing else, whatever the name is', () => {
  gh('exit 0')
  const hostile = 'acme" -f x=y; $(id) `id`\n::error::x'
  const { code, asked } = run('marketing.yml', { REPOSITORY: 'your-org/tenants', TENANT: hostile })
  expect(code).toBe(0)
  expect(asked).toEqual([
    [
      'api',
      '--method',
      'POST',
      'repos/your-org/tenants/dispatches',
      '--raw-field',
      'event_type=deploy-marketing',
      '--raw-field',
      `client_payload[tenant]=${hostile}`
    ]
  ])
})

it.each(['', 'tenants', 'a/b/c', '../../user', 'a/b?x=y', 'a/b\n'])(
  'marketing.yml asks no repository %j',
  (repository) => {
    gh('exit 0')
    const { code, output, asked } = run('marketing.yml', { REPOSITORY: repository, TENANT: 'acme' })
    expect([code, asked]).toEqual([1, []])
    expect(output).toContain('::error::the input repository is not of the form owner/name')
  }
)

const released = { GITHUB_SHA: 'c0ffee', GH_REPO: 'your-org/tenant-deploy' }

/** As the API would answer: whether there is a release, all tags, and whether there is a major tag. */
const answering = (tags: string[], { release = false, major = true } = {}) => `case "$*" in
  'release view'*) exit ${release ? 0 : 1} ;;
  *matching-refs*) printf '%s\\n' ${tags.join(' ')} ;;
  *git/ref/tags/*) exit ${major ? 0 : 1} ;;
esac`

it.each([
  ['the newest of its major version', 'v1.10.0', ['v1', 'v1.9.0', 'v1.10.0', 'v1.11.0-rc.1'], true, 'PATCH'],
  ['the first of its major version', 'v2.0.0', ['v2.0.0'], false, 'POST'],
  ['one that mends an older one', 'v1.9.1', ['v1', 'v1.9.1', 'v1.10.0'], true, null]
])('release.yml: %s', (_, tag, tags, major, method) => {
  gh(answering(tags, { major }))
  const { code, output, asked } = run('release.yml', { ...released, GITHUB_REF_NAME: tag })
  expect([code, output.includes('stays at')]).toEqual([0, method === null])
  expect(asked).toContainEqual(['release', 'create', tag, '--verify-tag', '--generate-notes'])
  const moved = asked.filter((words) => words.includes('--method'))
  expect(moved.map((words) => words[2])).toEqual(method === null ? [] : [method])
  if (method !== null) expect(moved[0]).toContain('sha=c0ffee')
})

it('release.yml leaves the notes of a release that is there, when it is run again', () => {
  gh(answering(['v1.0.0'], { release: true }))
  const { asked } = run('release.yml', { ...released, GITHUB_REF_NAME: 'v1.0.0' })
  expect(asked.filter(([command, what]) => command === 'release' && what === 'create')).toEqual([])
})
