import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveRepositories } from '../world/git-server.ts'
import { repositoryAt, type Repository } from '../world/repository.ts'

/** A repository on GitHub, as far as git sees it, and somebody's clone of it. */
export interface Origin extends AsyncDisposable {
  /** `owner/repo`. */
  name: string
  /** What GITHUB_SERVER_URL says. */
  server: string
  /** The repository itself, which holds no files. */
  bare: string
  /** The clone, in which a test edits; nothing is there for a workflow before it is pushed. */
  clone: Repository
  /** Commits all of the clone, and pushes that to a branch. Answers with the commit. */
  push(message: string, branch?: string): string
  /** The commit of a ref. */
  commitOf(ref: string): string
  /**
   * Makes the refs of a pull request from one branch into another: its head, and the merge that GitHub makes.
   * @returns the merge's commit, which workflows run on
   */
  pullRequest(number: number, head: string, base?: string): string
  /** A file as it is in a commit; all files below a folder for a name that ends in `/`. */
  files(commit: string, path: string): Record<string, string>
}

/** @param token what it takes, as GitHub does, for the password of x-access-token */
export async function makeOrigin(name: string, token: string): Promise<Origin> {
  const root = mkdtempSync(join(tmpdir(), 'tenant-origin-'))
  const bare = join(root, `${name}.git`)
  const path = join(root, 'clone')
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  const git = (...words: string[]) =>
    execFileSync('git', ['--git-dir', bare, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 }).trim()
  // GitHub gives any commit that somebody knows the name of, and parts of a history.
  git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  git('config', 'uploadpack.allowFilter', 'true')
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', path])
  const server = await serveRepositories(root, token)
  const clone = repositoryAt(path)
  return {
    name,
    // The official libraries take any other name for a GitHub Enterprise Server, which they refuse artifacts on.
    server: server.url.replace('127.0.0.1', 'github.localhost'),
    bare,
    clone,
    push(message, branch = 'main') {
      const commit = clone.commit(message)
      execFileSync('git', ['-C', path, 'push', '--quiet', '--force', bare, `HEAD:refs/heads/${branch}`])
      return commit
    },
    commitOf: (ref) => git('rev-parse', '--verify', ref),
    pullRequest(number, head, base = 'main') {
      const [ours, theirs] = [git('rev-parse', base), git('rev-parse', head)]
      const tree = git('merge-tree', '--write-tree', ours, theirs).split('\n')[0]!
      const identity = ['-c', 'user.name=GitHub', '-c', 'user.email=noreply@github.com']
      const message = `Merge ${theirs} into ${ours}`
      const merge = git(...identity, 'commit-tree', tree, '-p', ours, '-p', theirs, '-m', message)
      git('update-ref', `refs/pull/${number}/head`, theirs)
      git('update-ref', `refs/pull/${number}/merge`, merge)
      return merge
    },
    files(commit, of) {
      const names = git('ls-tree', '-r', '-z', '--name-only', commit, '--', of).split('\0').filter(Boolean)
      return Object.fromEntries(names.map((file) => [file, git('show', `${commit}:${file}`)]))
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(root, { recursive: true, force: true })
    }
  }
}

/** Copies files and folders of one checkout into another. */
export function copyInto(to: Repository, from: string, paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(to.path, path, '..'), { recursive: true })
    cpSync(join(from, path), join(to.path, path), { recursive: true })
  }
}
