import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { getBooleanInput, getInput, setOutput } from '@actions/core'

const env = process.env
const server = env['GITHUB_SERVER_URL']!
const repository = getInput('repository', { required: true })
const depth = Number(getInput('fetch-depth'))
const folder = join(env['GITHUB_WORKSPACE']!, getInput('path'))
const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${getInput('token')}`).toString('base64')}`

const git = (...words: string[]) => execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' }).trim()

/** A branch, a tag or any other ref by its full name; null for a bare commit. */
interface Wanted {
  from: string
  to: string | null
  branch: string | null
}

/** Without `ref`, what the run is about: its ref, but exactly its commit, whatever was pushed since. */
function wanted(): Wanted {
  const given = getInput('ref')
  const own = repository === env['GITHUB_REPOSITORY']
  if (given === '' && own) return named(env['GITHUB_REF']!, env['GITHUB_SHA']!)
  if (/^[0-9a-f]{40}$/.test(given)) return { from: given, to: null, branch: null }
  if (given.startsWith('refs/')) return named(given, given)
  return given === '' ? { from: 'HEAD', to: null, branch: null } : named(`refs/heads/${given}`, `refs/heads/${given}`)
}

function named(ref: string, from: string): Wanted {
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null
  const to = branch === null ? ref.replace(/^refs\/(?!tags\/)/, 'refs/remotes/') : `refs/remotes/origin/${branch}`
  return { from, to, branch }
}

mkdirSync(folder, { recursive: true })
if (!existsSync(join(folder, '.git'))) {
  git('init', '--quiet')
  git('remote', 'add', 'origin', `${server}/${repository}`)
}
const { from, to, branch } = wanted()
const key = `http.${server}/.extraheader`
const fetch = (...words: string[]) =>
  git('-c', `${key}=${header}`, 'fetch', '--quiet', '--no-recurse-submodules', ...words)
const shallow = depth > 0 ? [`--depth=${depth}`] : []
const tags = getBooleanInput('fetch-tags') || depth === 0 ? '--tags' : '--no-tags'
if (depth === 0) fetch(tags, 'origin', '+refs/heads/*:refs/remotes/origin/*')
fetch(tags, ...shallow, 'origin', to === null ? from : `+${from}:${to}`)
const start = to ?? 'FETCH_HEAD'
if (branch === null) git('checkout', '--quiet', '--force', '--detach', start)
else git('checkout', '--quiet', '--force', '-B', branch, start)
if (getBooleanInput('persist-credentials')) git('config', '--local', key, header)
setOutput('commit', git('rev-parse', 'HEAD'))
