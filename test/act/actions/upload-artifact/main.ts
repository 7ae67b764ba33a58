import { globSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { DefaultArtifactClient } from '@actions/artifact'
import { getBooleanInput, getInput, getMultilineInput, setFailed, setOutput, warning } from '@actions/core'

const env = process.env
const name = getInput('name')
const workspace = env['GITHUB_WORKSPACE']!
const hidden = getBooleanInput('include-hidden-files')

/** What stands at the end of the paths: without a file or folder that is hidden, unless that is asked for. */
function search(): { files: string[]; root: string } {
  const lines = getMultilineInput('path')
  const excluded = lines.filter((line) => line.startsWith('!')).flatMap((line) => matches(line.slice(1)))
  const found = lines.filter((line) => !line.startsWith('!')).flatMap(matches)
  const files = [...new Set(found.flatMap(filesIn))]
    .filter((file) => !excluded.some((out) => file === out || file.startsWith(out + sep)))
    .filter(
      (file) =>
        hidden ||
        !relative(workspace, file)
          .split(sep)
          .some((part) => /^\.[^.]/.test(part))
    )
  const tops = found.map((path) => (statSync(path).isDirectory() ? path : dirname(path)))
  return { files, root: tops.reduce(common, tops[0] ?? workspace) }
}

const matches = (pattern: string): string[] => globSync(resolve(workspace, pattern))

const filesIn = (path: string): string[] =>
  statSync(path).isDirectory() ? globSync(join(path, '**/{*,.*}')).filter((file) => statSync(file).isFile()) : [path]

/** The deepest folder that both are in. */
function common(one: string, other: string): string {
  const parts = one.split(sep)
  const others = other.split(sep)
  const end = parts.findIndex((part, index) => part !== others[index])
  return end === -1 ? one : parts.slice(0, end).join(sep)
}

const { files, root } = search()
if (files.length === 0) {
  const message = `No files were found with the provided path: ${getInput('path')}. No artifacts will be uploaded.`
  const then = getInput('if-no-files-found')
  if (then === 'error') setFailed(message)
  if (then === 'warn') warning(message)
} else {
  const client = new DefaultArtifactClient()
  if (getBooleanInput('overwrite')) await client.deleteArtifact(name).catch(() => undefined)
  const level = Number(getInput('compression-level'))
  const { id, digest } = await client.uploadArtifact(name, files, root, { compressionLevel: level })
  const run = `${env['GITHUB_SERVER_URL']}/${env['GITHUB_REPOSITORY']}/actions/runs/${env['GITHUB_RUN_ID']}`
  setOutput('artifact-id', id)
  setOutput('artifact-digest', digest)
  setOutput('artifact-url', `${run}/artifacts/${id}`)
}
