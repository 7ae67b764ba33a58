import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import mustache from 'mustache'
import { TenantError } from '../errors.ts'

interface Lookup {
  lookup(name: string): unknown
}

/** Renders a missing variable as an error, where mustache renders nothing. */
class StrictWriter extends mustache.Writer {
  readonly #file: string
  constructor(file: string) {
    super()
    this.#file = file
  }
  override escapedValue(token: string[], context: Lookup): string {
    const name = token[1] ?? ''
    const value = context.lookup(name)
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw new TenantError('manifest', `the template names {{${name}}}, which is not set`, {
      where: this.#file,
      remedy: 'use a variable that docs/templates.md lists, or guard it with {{#name}}…{{/name}}'
    })
  }
  override unescapedValue(token: string[], context: Lookup): string {
    return this.escapedValue(token, context)
  }
}

/**
 * Renders templates/<name>. Values go in as they are: the manifest's schema holds each to a pattern that nginx reads literally.
 * @throws TenantError for a template that is missing, malformed or names an unknown variable.
 */
export function renderTemplate(folder: string, name: string, view: Record<string, unknown>): string {
  const file = join(folder, name)
  let text: string
  try {
    // What it says is shown to everybody, and so it leads to no other file of this machine.
    if (!lstatSync(file).isFile()) throw new Error('not a plain file')
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new TenantError('manifest', 'the template is missing, or is not a plain file', {
      where: file,
      remedy: 'put the file itself there, not a link or a folder',
      cause: thrown
    })
  }
  const writer = new StrictWriter(file)
  try {
    return writer.render(text, view)
  } catch (thrown) {
    if (thrown instanceof TenantError) throw thrown
    throw new TenantError('manifest', `the template is malformed: ${(thrown as Error).message}`, {
      where: file,
      remedy: 'see mustache(5) for its syntax',
      cause: thrown
    })
  }
}
