import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { checkout } from '../sandbox/sandbox.ts'

const standIns = join(import.meta.dirname, 'actions')

interface Workflow {
  jobs?: Record<string, { steps?: { uses?: string; with?: Record<string, unknown> }[] }>
}

/**
 * act's words for the actions that workflows take from other repositories: each is replaced by our stand-in, which is
 * laid ready in the folder, with the packages that it imports.
 * @param workflows the text of each workflow file, by its name
 * @param theirs repositories that are folders of ours, such as `acme/tenants@v1`
 * @throws where there is no stand-in, or it does not know an input that a workflow gives
 */
export function actionWords(
  workflows: Record<string, string>,
  folder: string,
  theirs: Record<string, string> = {}
): string[] {
  const words = new Set(Object.entries(theirs).map(([name, path]) => `--local-repository=${name}=${path}`))
  for (const [file, text] of Object.entries(workflows))
    for (const { uses = '', with: inputs = {} } of stepsOf(parse(text) as Workflow)) {
      const [, owner, name, path = '', ref] = /^([^./][^/]*)\/([^/@]+)(?:\/([^@]+))?@(.+)$/.exec(uses) ?? []
      if (owner === undefined || theirs[`${owner}/${name}@${ref}`] !== undefined) continue
      const action = join(standIns, name!, path, 'action.yml')
      if (owner !== 'actions' || !existsSync(action))
        throw new Error(`${file} uses ${uses}, of which test/act/actions has no stand-in`)
      const known = Object.keys((parse(readFileSync(action, 'utf8')) as { inputs?: object }).inputs ?? {})
      const unknown = Object.keys(inputs).filter((input) => !known.includes(input))
      if (unknown.length > 0) throw new Error(`${file}: the stand-in of ${uses} does not know ${unknown.join(', ')}`)
      words.add(`--local-repository=${owner}/${name}@${ref}=${layReady(name!, folder)}`)
    }
  return [...words]
}

const stepsOf = ({ jobs = {} }: Workflow) => Object.values(jobs).flatMap(({ steps = [] }) => steps)

/** act copies an action before it runs it; the link leads back to our packages. */
function layReady(name: string, folder: string): string {
  const ready = join(folder, name)
  if (existsSync(ready)) return ready
  mkdirSync(folder, { recursive: true })
  cpSync(join(standIns, name), ready, { recursive: true })
  writeFileSync(join(ready, 'package.json'), '{ "type": "module" }\n')
  symlinkSync(join(checkout, 'node_modules'), join(ready, 'node_modules'))
  return ready
}
