import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TenantError } from '../errors.ts'
import type { Marketing } from '../tenant/schema.ts'
import { runHere } from './local.ts'
import { secret } from '../resources/secrets.ts'
import type { Sourcing } from './sourcing.ts'
import { copySelected, isUncommitted, listFiles, type SelectedFiles } from './tree.ts'

const CLONE_MS = 5 * 60_000
const BUILD_MS = 15 * 60_000

/** A folder on this machine that goes away when it is let go of. */
export interface Scratch extends AsyncDisposable {
  path: string
}

export async function scratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'tenant-stage-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** A lane's source, ready to be selected from. */
export interface Source {
  files: SelectedFiles
  /** The commit that a clone stands at; null for a folder of this checkout. */
  commit: string | null
  /** The folder holds changes that are in no commit, so the release's commit tells only half. */
  uncommitted: boolean
}

/** The app's source: what git would commit of its folder, so that nothing built or ignored is ever shipped. */
export async function appSource(sourcing: Sourcing): Promise<Source> {
  const folder = await folderOf(sourcing, sourcing.tenant.app!.source)
  const files = await listFiles(folder, { git: true, sourcing })
  return { files, commit: null, uncommitted: await isUncommitted(folder, sourcing) }
}

/** The marketing site: its folder or a clone of its repository, built where the manifest says so. */
export async function marketingSource(sourcing: Sourcing, work: string): Promise<Source> {
  const site = sourcing.tenant.marketing!
  const cloned = typeof site.source === 'string' ? null : await clone(sourcing, site.source, join(work, 'clone'))
  const folder = cloned?.folder ?? (await folderOf(sourcing, site.source as string))
  const commit = cloned?.commit ?? null
  const uncommitted = cloned === null && (await isUncommitted(folder, sourcing))
  if (site.build === undefined) {
    const shipped = site.output === undefined ? folder : join(folder, site.output)
    await mustBeFolder(shipped, 'output')
    return { files: await listFiles(shipped, { git: true, sourcing }), commit, uncommitted }
  }
  const copy = join(work, 'build')
  await copySelected(await listFiles(folder, { git: true, sourcing }), copy)
  for (const words of [site.install, site.build]) {
    if (words === undefined) continue
    await runHere(words, {
      cwd: copy,
      environment: { ...sourcing.environment, CI: 'true' },
      step: 'build the marketing site',
      kind: 'build',
      remedy: 'put right what the log says; what is live was not touched',
      deadlineMs: BUILD_MS,
      signal: sourcing.signal,
      onLine: (line) => sourcing.tell({ kind: 'output', line })
    })
  }
  const output = join(copy, site.output ?? '.')
  await mustBeFolder(output, 'output')
  return { files: await listFiles(output, { git: false, sourcing }), commit, uncommitted }
}

async function clone(
  sourcing: Sourcing,
  source: Exclude<Marketing['source'], string>,
  into: string
): Promise<{ folder: string; commit: string }> {
  const url = source.repository.startsWith('https://')
    ? source.repository
    : `${sourcing.gitServer}/${source.repository}.git`
  const environment: Record<string, string> = {
    ...sourcing.environment,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1'
  }
  if (source.token !== undefined) {
    // In the environment and not on the command line, which every account of the machine can read.
    const where = `tenants/${sourcing.tenant.name}/tenant.yml, marketing.source.token`
    const token = secret(sourcing.secrets, source.token, where)
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
    Object.assign(environment, {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`
    })
  }
  const git = (words: string[], cwd: string) =>
    runHere(['git', ...words], {
      cwd,
      environment,
      step: `clone ${url} at ${source.ref}`,
      kind: 'source',
      remedy:
        source.token === undefined
          ? 'correct repository and ref; a private repository needs a token (marketing.source.token names its secret)'
          : 'correct repository and ref, or renew the token',
      deadlineMs: CLONE_MS,
      signal: sourcing.signal
    })
  await git(['init', '--quiet', into], sourcing.repository)
  await git(['fetch', '--quiet', '--depth', '1', '--no-tags', url, source.ref], into)
  await git(['checkout', '--quiet', 'FETCH_HEAD'], into)
  return { folder: into, commit: (await git(['rev-parse', 'HEAD'], into)).trim() }
}

async function folderOf(sourcing: Sourcing, relative: string): Promise<string> {
  const folder = join(sourcing.repository, relative)
  await mustBeFolder(folder, 'source')
  return folder
}

async function mustBeFolder(folder: string, key: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() === true) return
  throw new TenantError('source', `there is no such folder: ${folder}`, {
    where: key,
    remedy: `correct ${key} in the manifest, or check the folder out`
  })
}

/** A few words on a source for its step. */
export function describeSource({ files, commit, uncommitted }: Source): string {
  const at = commit === null ? '' : ` at ${commit.slice(0, 7)}`
  return `${files.paths.length} files${at}${uncommitted ? ', with changes that are not committed' : ''}`
}
