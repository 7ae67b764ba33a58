import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Names that no git of ours may take for a repository, though each of them makes a folder one. */
const FILES = ['HEAD', 'config', 'objects/info/x', 'refs/heads/x']

/** What a commit brings where it wants git to run something: each of these programs leaves its name in a file. */
export interface Trap {
  /** What the folder holds, sorted. */
  files: string[]
  /** Settings that each start a program. */
  settings: string
  /** The names of those that were run. */
  ran(): string[]
}

export function trapIn(at: string): Trap {
  const log = join(at, 'programs-that-ran')
  // With and without the words that git adds; what fails is not asked again.
  const program = (name: string) => `"sh -c 'echo ${name} >> ${log}; exit 1' --"`
  const settings = [
    '[core]',
    `\tfsmonitor = ${program('fsmonitor')}`,
    `\taskPass = ${program('askPass')}`,
    `\tsshCommand = ${program('sshCommand')}`,
    `\tpager = ${program('pager')}`,
    `\talternateRefsCommand = ${program('alternateRefsCommand')}`,
    `\thooksPath = ${join(at, 'hooks-that-ran')}`,
    `[credential]\n\thelper = ${program('credential.helper').replace('"', '"!')}`,
    `[diff]\n\texternal = ${program('diff.external')}`,
    `[diff "trap"]\n\tcommand = ${program('diff.command')}\n\ttextconv = ${program('textconv')}`,
    `[filter "trap"]\n\tclean = ${program('clean')}\n\tsmudge = ${program('smudge')}\n\tprocess = ${program('process')}\n\trequired = true`,
    '[status]\n\tsubmoduleSummary = true',
    '[submodule]\n\trecurse = true'
  ].join('\n')
  for (const name of ['post-checkout', 'post-index-change', 'reference-transaction', 'pre-auto-gc']) {
    const file = join(at, 'hooks-that-ran', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\necho ${name} >> ${log}\n`, { mode: 0o755 })
  }
  return {
    files: [...FILES, '.gitattributes', 'index.html'].sort(),
    settings,
    ran: () => (existsSync(log) ? [...new Set(readFileSync(log, 'utf8').split('\n').filter(Boolean))] : [])
  }
}

/** Fills a folder so that a git that works in it takes it for a repository. */
export function fill(folder: string, trap: Trap, kind: 'bare' | 'with a work tree' = 'with a work tree'): void {
  const own = kind === 'bare' ? '\tbare = true' : '\tbare = false\n\tworktree = .'
  const texts: Record<string, string> = {
    HEAD: 'ref: refs/heads/main\n',
    config: `[core]\n\trepositoryformatversion = 0\n${own}\n${trap.settings}\n`,
    '.gitattributes': '* filter=trap diff=trap\n',
    'index.html': 'page\n'
  }
  for (const path of trap.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), texts[path] ?? 'x\n')
  }
}

/** A git that trusts nothing of what it finds, for the tests themselves. */
export function plainGit(at: string, ...words: string[]): string {
  const named = [`--git-dir=${join(at, '.git')}`, `--work-tree=${at}`]
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@a.example', '-c', 'protocol.file.allow=always']
  // No setting of a trap, wherever the test has put it.
  const off = ['core.fsmonitor=', 'core.hooksPath=/dev/null', 'filter.trap.process=', 'filter.trap.clean=']
  const settings = [...off, 'filter.trap.smudge=', 'filter.trap.required=false'].flatMap((word) => ['-c', word])
  const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', [...named, ...identity, ...settings, ...words], { cwd: at, encoding: 'utf8', env }).trim()
}

/** A checkout with everything that is there committed; answers with the commit. */
export function committed(at: string): string {
  if (!existsSync(join(at, '.git'))) plainGit(at, 'init', '--quiet', '--initial-branch=main')
  plainGit(at, 'add', '--all')
  plainGit(at, 'commit', '--quiet', '--allow-empty', '--message', 'x')
  return plainGit(at, 'rev-parse', 'HEAD')
}

/** Whether git, left to itself in a folder, runs something of it: else a test would say nothing. */
export function springs(folder: string, trap: Trap, at: string): boolean {
  const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  try {
    execFileSync('git', ['-c', 'safe.bareRepository=all', 'ls-files'], {
      cwd: folder,
      env,
      stdio: 'ignore'
    })
  } catch {
    // There is no index, or no commit: it is said after the program has run.
  }
  const found = trap.ran().length > 0
  rmSync(join(at, 'programs-that-ran'), { force: true })
  return found
}
