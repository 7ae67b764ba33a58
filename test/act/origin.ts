import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveRepositories } from '../world/git-server.ts'
import { repositoryAt, type Repository } from '../world/repository.ts'

/** What GitHub is to git: repositories at one address. */
export interface Origins extends AsyncDisposable {
  /** What GITHUB_SERVER_URL says. */
  server: string
  /** @param name `owner/repo` */
  make(name: string): Origin
}

/** A repository there, and somebody's clone of it. */
export interface Origin {
  /** `owner/repo`. */
  name: string
  server: string
  /** The clone, in which a test edits; nothing is there for a workflow before it is pushed. */
  clone: Repository
  /** Commits all of the clone, and pushes that to a branch. Answers with the commit. */
  push(message: string, branch?: string): string
  /** Has the clone begin anew with what was pushed. */
  checkOut(ref: string): void
  /** The commit of a ref. */
  commitOf(ref: string): string
  /**
   * Makes the refs of a pull request from one branch into another: its head, and the merge that GitHub makes.
   * @returns the merge's commit, which workflows run on
   */
  pullRequest(number: number, head: string, base?: string): string
  /** Merges it into main, as it stands by now. Answers with main's commit. */
  merge(number: number): string
  /** The files of a commit below a folder, by their paths. */
  files(commit: string, folder: string): Record<string, string>
}

/** @param token what the server takes, as GitHub does, for the password of x-access-token */
export async function startOrigins(token: string): Promise<Origins> {
  const root = mkdtempSync(join(tmpdir(), 'tenant-origins-'))
  const served = await serveRepositories(root, token)
  // The official libraries take any other name for a GitHub Enterprise Server, which they refuse artifacts on.
  const server = served.url.replace('127.0.0.1', 'github.localhost')
  return {
    server,
    make: (name) => makeOrigin(name, server, join(root, `${name}.git`), join(root, 'clones', name)),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      rmSync(root, { recursive: true, force: true })
    }
  }
}

function makeOrigin(name: string, server: string, bare: string, path: string): Origin {
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', path])
  const git = (...words: string[]) =>
    execFileSync('git', ['--git-dir', bare, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 }).trim()
  // GitHub gives any commit that somebody knows the name of, and parts of a history.
  git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  git('config', 'uploadpack.allowFilter', 'true')
  const clone = repositoryAt(path)
  const pullRequest: Origin['pullRequest'] = (number, head, base = 'main') => {
    const [ours, theirs] = [git('rev-parse', base), git('rev-parse', head)]
    const tree = git('merge-tree', '--write-tree', ours, theirs).split('\n')[0]!
    const identity = ['-c', 'user.name=GitHub', '-c', 'user.email=noreply@github.com']
    const message = `Merge ${theirs} into ${ours}`
    const merge = git(...identity, 'commit-tree', tree, '-p', ours, '-p', theirs, '-m', message)
    git('update-ref', `refs/pull/${number}/head`, theirs)
    git('update-ref', `refs/pull/${number}/merge`, merge)
    return merge
  }
  return {
    name,
    server,
    clone,
    push(message, branch = 'main') {
      const commit = clone.commit(message)
      execFileSync('git', ['-C', path, 'push', '--quiet', '--force', bare, `HEAD:refs/heads/${branch}`])
      return commit
    },
    checkOut(ref) {
      execFileSync('git', ['-C', path, 'fetch', '--quiet', bare, ref])
      execFileSync('git', ['-C', path, 'checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD'])
    },
    commitOf: (ref) => git('rev-parse', '--verify', ref),
    pullRequest,
    merge(number) {
      const commit = pullRequest(number, `refs/pull/${number}/head`)
      git('update-ref', 'refs/heads/main', commit)
      return commit
    },
    files(commit, folder) {
      const names = git('ls-tree', '-r', '-z', '--name-only', commit, '--', `${folder}/`).split('\0').filter(Boolean)
      return Object.fromEntries(names.map((file) => [file, git('show', `${commit}:${file}`)]))
    }
  }
}
