import { lstat, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { TenantError } from '../errors.ts'
import { runHere, type LocalOptions } from './local.ts'

/**
 * A repository of ours, which git is told by name. Left to look for one itself, git takes any folder that holds HEAD,
 * config, objects/ and refs/ for a repository and runs the programs that this config names; and such a folder can be
 * committed. `.git` cannot: git refuses the name in a commit.
 */
export interface Checkout {
  /** The top of the work tree, by its real path; `.git` lies in it. */
  root: string
}

/** A token for a git server. */
export interface Authorization {
  server: string
  token: string
}

export interface GitOptions extends Omit<LocalOptions, 'cwd' | 'onLine' | 'shown'> {
  /** Where in the work tree; else at its root. */
  cwd?: string
  /** How git may reach other repositories (GIT_ALLOW_PROTOCOL). */
  protocols?: string
  authorization?: Authorization | null
  /** Settings of the whole machine are left out. */
  isWithoutSystem?: boolean
}

/** Of a checkout's own origin, which no commit decides on. Never ext::, which runs a command, nor a helper of another name. */
const PROTOCOLS = 'https:http:ssh'

/**
 * Settings that could start a program, closed wherever they stand. Those of a person that start none (excludesFile,
 * safe.directory, proxies, insteadOf) count as ever. What else starts programs needs no setting here: ssh, and
 * core.sshCommand with it, is open to a checkout's own origin alone (actions/checkout writes the key that it is to use
 * there), and the words of a diff refuse drivers.
 */
const CLOSED = [
  'safe.bareRepository=explicit',
  // Empty is off for every git; before 2.36 `false` is the name of a program.
  'core.fsmonitor=',
  'core.hooksPath=/dev/null',
  // A program as well, which is asked about the objects of others; this one answers nothing.
  'core.alternateRefsCommand=true',
  'core.askPass=',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false'
]

/** `origin` is what the checkout itself says; a folder of this machine has its own program to ask, and no other. */
const ORIGIN = ['--no-tags', '--no-recurse-submodules', '--upload-pack=git-upload-pack']

/** They read no content of a work tree's files, so no filter either. */
const WITHOUT_CONTENT = new Set([
  'cat-file',
  'config',
  'diff-tree',
  'fetch',
  'init',
  'ls-files',
  'ls-remote',
  'merge-base',
  'rev-parse'
])

/** Authorities that a person trusts; of all variables of git's they start nothing, and a private server needs them. */
const KEPT = new Set(['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'])

/**
 * Runs git, the only way to do so in this program.
 * @param checkout null: in no repository
 */
export async function git(
  checkout: Checkout | null,
  words: readonly [string, ...string[]],
  options: GitOptions
): Promise<string> {
  const named =
    checkout === null
      ? ['--git-dir=/dev/null']
      : [`--git-dir=${join(checkout.root, '.git')}`, `--work-tree=${checkout.root}`]
  const filters = checkout === null || WITHOUT_CONTENT.has(words[0]) ? [] : await filtersOff(checkout, options)
  return start([...named, ...filters.flatMap((setting) => ['-c', setting])], words, {
    ...options,
    cwd: options.cwd ?? checkout?.root ?? '/'
  })
}

/**
 * The checkout that holds a folder, found without git. Links on the way are followed, as git follows them.
 * @throws TenantError where there is none, or where git does not trust its owner
 */
export async function checkoutAt(folder: string, options: GitOptions): Promise<Checkout> {
  const failed = (why: string, cause?: unknown) =>
    new TenantError(options.kind, `could not ${options.step}: ${why}`, {
      where: 'this machine',
      remedy: options.remedy,
      cause
    })
  const real = await realpath(folder).catch((thrown: unknown) => {
    throw failed(`there is no ${folder}`, thrown)
  })
  for (let root = real; ; root = dirname(root)) {
    if (await isRepository(join(root, '.git'))) {
      // Told a repository, git does not ask whose it is (safe.directory). Here it looks, no further than where one is.
      await start([], ['rev-parse', '--git-dir'], { ...options, cwd: root, ceiling: dirname(root) })
      return { root }
    }
    if (dirname(root) === root) throw failed(`no git repository holds ${folder}`)
  }
}

/** @param depth as in --depth=1; empty: as deep as the checkout is */
export async function fetchFromOrigin(
  checkout: Checkout,
  depth: readonly string[],
  commits: readonly string[],
  options: GitOptions
): Promise<void> {
  const words = ['fetch', '--quiet', ...ORIGIN, ...depth, 'origin', ...commits] as const
  await git(checkout, words, { ...options, protocols: `${PROTOCOLS}:file` })
}

/**
 * A token for a checkout's origin, unless it brings a credential of its own: a second header of authorization would be
 * refused.
 */
export async function authorizationFor(
  checkout: Checkout,
  authorization: Authorization,
  options: GitOptions
): Promise<Authorization | null> {
  return (await settings(checkout, String.raw`^http\..*extraheader$`, options)).length > 0 ? null : authorization
}

/**
 * The file attributes of a repository choose a filter, the settings of a person or a machine say which program that is.
 * None is run, not even git-lfs, which fetches from where a file of the repository says: to a filter without a command
 * git hands nothing. A file that goes through one then counts as changed where git has to compare what it holds.
 */
async function filtersOff(checkout: Checkout, options: GitOptions): Promise<string[]> {
  const names = await settings(checkout, String.raw`^filter\..*\.(clean|smudge|process|required)$`, options)
  return [...new Set(names)].map((name) => {
    // On the command line the name ends at the first =.
    if (name.includes('='))
      throw new TenantError(options.kind, `could not ${options.step}: git has the setting ${JSON.stringify(name)}`, {
        where: 'this machine',
        remedy: 'give this filter a name without ='
      })
    return `${name}=${name.endsWith('.required') ? 'false' : ''}`
  })
}

/** The names of settings. */
async function settings(checkout: Checkout, pattern: string, options: GitOptions): Promise<string[]> {
  // Without a match git fails as if something were wrong; this one always matches.
  const either = `${pattern}|^safe\\.barerepository$`
  const listed = await git(checkout, ['config', '--null', '--name-only', '--get-regexp', either], options)
  return listed.split('\0').filter((name) => name !== '' && name !== 'safe.barerepository')
}

async function start(
  before: readonly string[],
  words: readonly string[],
  { protocols, authorization, isWithoutSystem, ceiling, ...options }: GitOptions & { cwd: string; ceiling?: string }
): Promise<string> {
  const closed = CLOSED.flatMap((setting) => ['-c', setting])
  const environment = {
    ...inherited(options.environment),
    GIT_ALLOW_PROTOCOL: protocols ?? PROTOCOLS,
    // Set and empty: nothing else is asked, SSH_ASKPASS neither.
    GIT_ASKPASS: '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    ...(isWithoutSystem === true && { GIT_CONFIG_NOSYSTEM: '1' }),
    ...(ceiling !== undefined && { GIT_CEILING_DIRECTORIES: ceiling }),
    ...(authorization != null && headerFor(authorization))
  }
  return runHere(['git', '--no-pager', ...closed, ...before, ...words], {
    ...options,
    environment,
    shown: ['git', ...words]
  })
}

/** What of the environment git is given: no variable of its own, and no program from a folder that a repository fills. */
function inherited(environment: Record<string, string>): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => KEPT.has(name) || !/^(GIT_|SSH_ASKPASS)/.test(name))
  const { PATH, ...others } = Object.fromEntries(kept)
  if (PATH === undefined) return others
  // What is relative is looked up where git works.
  return { ...others, PATH: PATH.split(':').filter(isAbsolute).join(':') || '/usr/bin:/bin' }
}

/** In the environment and not on the command line, which every account of the machine can read. */
function headerFor({ server, token }: Authorization): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${server}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`
  }
}

/** As git tells: a folder named .git that is none is passed by. A file leads to one, as in a submodule or a worktree. */
async function isRepository(path: string): Promise<boolean> {
  const of = (at: string) => lstat(at).catch(() => null)
  const found = await of(path)
  if (found === null || found.isFile()) return found !== null
  return (await of(join(path, 'HEAD'))) !== null
}
