import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { RUN_COLLECTOR } from '../../src/remote/run-collector.ts'
import { checkout } from '../sandbox/sandbox.ts'

const folder = mkdtempSync(join(tmpdir(), 'dist-'))
const dist = join(checkout, 'dist')
const files = ['action/index.js', 'cli/index.js', 'collector/index.js', 'package.json']

afterAll(() => rmSync(folder, { recursive: true }))

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort()
}

test('dist/ is what the source builds, byte for byte', async () => {
  const built = join(folder, 'dist')
  await promisify(execFile)(process.execPath, [join(checkout, 'src/build.ts'), built])
  expect(filesIn(built)).toEqual(files)
  expect(filesIn(dist)).toEqual(files)
  const stale = files.filter((name) => !readFileSync(join(built, name)).equals(readFileSync(join(dist, name))))
  expect(stale, 'run `npm run build` and commit dist/').toEqual([])
  expect(statSync(join(dist, 'cli/index.js')).mode & 0o111).toBe(0o111)
}, 300_000)

test('no bundle names a folder of the machine that built it', () => {
  for (const name of files) expect(readFileSync(join(dist, name), 'utf8')).not.toContain(checkout)
})

/** Every Node of this machine, by its version. */
function nodes(): Map<string, string> {
  const paths = [process.execPath, ...(process.env.PATH ?? '').split(':').map((path) => join(path, 'node'))]
  const versions = new Map<string, string>()
  for (const path of paths) {
    const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
    if (status === 0 && !versions.has(stdout.trim())) versions.set(stdout.trim(), path)
  }
  return versions
}

describe.each([...nodes()])('on Node %s', (_, node) => {
  const run = (file: string, words: string[], env: Record<string, string> = {}) =>
    spawnSync(node, [join(dist, file), ...words], {
      cwd: checkout,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env }
    })

  test('the command starts, and reads the manifests', () => {
    expect(run('cli/index.js', ['help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Usage') as string
    })
    expect(run('cli/index.js', ['check'])).toMatchObject({ status: 0 })
  })

  test('the action starts, and says what it lacks', () => {
    const { status, stdout, stderr } = run('action/index.js', [])
    expect(status).toBe(64)
    expect(stdout).toMatch(/^::error/m)
    expect(stdout + stderr).not.toMatch(/^\s+at /m)
  })

  test('the collector answers', () => {
    const requests = { folder: { kind: 'tree', root: folder }, none: { kind: 'file', path: '/no/such' } }
    const program = `globalThis.__REQUESTS__ = ${JSON.stringify(requests)};\n${readFileSync(join(dist, 'collector/index.js'), 'utf8')}`
    const answered = execFileSync('sh', ['-c', RUN_COLLECTOR], {
      env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
      input: gzipSync(program),
      encoding: 'utf8'
    })
    expect(JSON.parse(answered)).toMatchObject({
      version: 1,
      answers: { folder: { ok: true }, none: { ok: true, fact: { exists: false } } }
    })
  })
})
