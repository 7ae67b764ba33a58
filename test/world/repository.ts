import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkout } from '../sandbox/sandbox.ts'

/** What a checkout of an operator's repository holds; the program itself stays where it is. */
const COPIED = ['tenants', 'test/booking-app', 'test/yourbrand-site', 'test/otherbrand-site']
const BUILT = /\/(node_modules|\.next|generated)(\/|$)|\/public\/widget(\/|$)/

/** What a frozen host was deployed from is the commit that a fresh repository begins with. */
const FIRST = { GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' }

/** A git checkout that a test or the demo may change as it likes, with the project's tenants. It is the same to the commit each time. */
export interface Repository {
  path: string
  read(path: string): string
  write(path: string, text: string | Buffer): void
  remove(path: string): void
  /** Commits everything, and answers with the commit. */
  commit(message: string, env?: Record<string, string>): string
  dispose(): void
}

export function makeRepository(): Repository {
  const path = mkdtempSync(join(tmpdir(), 'tenant-repository-'))
  for (const folder of COPIED)
    cpSync(join(checkout, folder), join(path, folder), { recursive: true, filter: (from) => !BUILT.test(from) })
  const repository = repositoryAt(path)
  repository.write('.gitignore', '/.sandbox/\nnode_modules/\n')
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', path])
  repository.commit('The tenants', FIRST)
  return repository
}

export function repositoryAt(path: string): Repository {
  return {
    path,
    read: (file) => readFileSync(join(path, file), 'utf8'),
    write(file, text) {
      mkdirSync(dirname(join(path, file)), { recursive: true })
      writeFileSync(join(path, file), text)
    },
    remove: (file) => rmSync(join(path, file), { recursive: true }),
    commit(message, env = {}) {
      const identity = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'commit.gpgsign=false']
      execFileSync('git', ['-C', path, 'add', '--all'])
      execFileSync('git', ['-C', path, ...identity, 'commit', '--quiet', '--allow-empty', '--message', message], {
        env: { ...process.env, ...env }
      })
      return execFileSync('git', ['-C', path, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
    },
    dispose: () => rmSync(path, { recursive: true, force: true })
  }
}
