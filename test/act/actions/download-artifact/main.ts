import { matchesGlob, resolve } from 'node:path'
import { DefaultArtifactClient } from '@actions/artifact'
import { getBooleanInput, getInput, setOutput } from '@actions/core'

const name = getInput('name')
const pattern = getInput('pattern')
const folder = resolve(process.env['GITHUB_WORKSPACE']!, getInput('path'))

const client = new DefaultArtifactClient()
const { artifacts } = await client.listArtifacts({ latest: true })
const wanted = artifacts.filter((one) =>
  name !== '' ? one.name === name : pattern === '' || matchesGlob(one.name, pattern)
)
if (name !== '' && wanted.length === 0) throw new Error(`Artifact not found for name: ${name}`)
// Of several each has a folder of its own, unless they are merged. Just one has none, also where a pattern found it:
// https://github.com/actions/download-artifact/pull/416
const together = wanted.length === 1 || getBooleanInput('merge-multiple')
for (const { id, name: of } of wanted)
  await client.downloadArtifact(id, { path: together ? folder : resolve(folder, of) })
setOutput('download-path', folder)
