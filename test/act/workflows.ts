import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isMap, parseDocument, visit } from 'yaml'

/** The workflows of the same repository that a workflow calls. */
export function called(texts: Record<string, string>, text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/uses: \.\/(\.github\/workflows\/[\w.-]+)/g)].flatMap(([, file]) => {
      const found = texts[file!]
      return found === undefined ? [] : Object.entries({ [file!]: found, ...called(texts, found) })
    })
  )
}

/** Copies other repositories to where act can read their workflows, of which any may be called. */
export function copyReadable(repositories: Record<string, string>, to: string) {
  const folders: Record<string, string> = {}
  const workflows: Record<string, string> = {}
  for (const [name, path] of Object.entries(repositories)) {
    folders[name] = join(to, name)
    cpSync(path, folders[name], { recursive: true, filter: (from) => basename(from) !== '.git' })
    for (const file of globSync(join(folders[name], '.github/workflows/*.yml'))) {
      workflows[file] = readFileSync(file, 'utf8')
      write(file, readable(workflows[file]))
    }
  }
  return { folders, workflows }
}

/** What act does not know, and refuses the file for: how many may wait, and that a job is no deployment. */
const UNKNOWN: Record<string, string> = { concurrency: 'queue', environment: 'deployment' }

/** As act can read it. */
export function readable(text: string): string {
  const document = parseDocument(text)
  visit(document, {
    Pair(_, { key, value }) {
      const unknown = UNKNOWN[String(key)]
      if (unknown !== undefined && isMap(value)) value.delete(unknown)
    }
  })
  return document.toString({ lineWidth: 0 })
}

export function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o600 })
}
