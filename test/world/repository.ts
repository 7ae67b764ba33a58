import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkout } from '../sandbox/sandbox.ts'
import { somePorts } from '../sandbox/ports.ts'

/** What a checkout of an operator's repository holds; the program itself stays where it is. */
const COPIED = ['tenants', 'test/booking-app', 'test/yourbrand-site', 'test/otherbrand-site']
const BUILT = /\/(node_modules|\.next|generated)(\/|$)|\/public\/widget(\/|$)/

/** A git checkout that a test or the demo may change as it likes, with the project's tenants on ports that are free. */
export interface Repository {
  path: string
  read(path: string): string
  write(path: string, text: string | Buffer): void
  remove(path: string): void
  /** Commits everything, and answers with the commit. */
  commit(message: string): string
  dispose(): void
}

export async function makeRepository(): Promise<Repository> {
  const path = mkdtempSync(join(tmpdir(), 'tenant-repository-'))
  for (const folder of COPIED)
    cpSync(join(checkout, folder), join(path, folder), { recursive: true, filter: (from) => !BUILT.test(from) })
  const repository = repositoryAt(path)
  const ports = await somePorts(4)
  for (const [index, name] of ['yourbrand', 'otherbrand'].entries()) {
    const file = `tenants/${name}/tenant.yml`
    const chosen = ports.slice(index * 2, index * 2 + 2).join(', ')
    repository.write(file, repository.read(file).replace(/ports: \[.*\]/, `ports: [${chosen}]`))
  }
  repository.write('.gitignore', '/.sandbox/\nnode_modules/\n')
  execFileSync('git', ['init', '--quiet', path])
  repository.commit('The tenants')
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
    commit(message) {
      const identity = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'commit.gpgsign=false']
      execFileSync('git', ['-C', path, 'add', '--all'])
      execFileSync('git', ['-C', path, ...identity, 'commit', '--quiet', '--allow-empty', '--message', message])
      return execFileSync('git', ['-C', path, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
    },
    dispose: () => rmSync(path, { recursive: true, force: true })
  }
}
