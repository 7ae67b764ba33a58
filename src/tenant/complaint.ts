import { TenantError } from '../errors.ts'

/** One thing that is wrong in a manifest, and what to write instead. */
export interface Complaint {
  /** Relative to the repository's root, with forward slashes. */
  file: string
  /** Both count from 1. */
  line: number
  column: number
  /** The key that it is about, as in `app.ports[0]`; empty where it is about the whole file. */
  path: string
  message: string
  remedy: string
}

/** All complaints about the manifests that were read, in one error. */
export class ManifestError extends TenantError {
  readonly complaints: readonly Complaint[]

  constructor(complaints: readonly Complaint[]) {
    super('manifest', complaints.map(complaintLine).join('\n'), {
      remedy: 'correct each of these lines; `tenant check` reads them again without touching a host'
    })
    this.name = 'ManifestError'
    this.complaints = complaints
  }
}

/** One line of text, as compilers print it: editors and CI logs link it to the file. */
export function complaintLine(complaint: Complaint): string {
  const { path, message, remedy } = complaint
  return `${placeName(complaint)}: ${path === '' ? '' : `${path}: `}${message}: ${remedy}`
}

export function placeName({ file, line, column }: Pick<Complaint, 'file' | 'line' | 'column'>): string {
  return `${escaped(file)}:${line}:${column}`
}

/** By file, then from top to bottom. */
export function inOrder(complaints: readonly Complaint[]): Complaint[] {
  return complaints.toSorted(
    (one, other) =>
      (one.file < other.file ? -1 : one.file > other.file ? 1 : 0) || one.line - other.line || one.column - other.column
  )
}

/** `['app', 'ports', 0]` as `app.ports[0]`. */
export function pathName(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      const name = String(key)
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return `[${show(name)}]`
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

/** A value as a message may print it: one line, short, in ASCII, so that look-alikes and control characters are seen. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value !== 'string') return String(value)
  const cut = value.length > 60 ? `${value.slice(0, 60)}…` : value
  return `"${escaped(cut.replaceAll(/["\\]/g, '\\$&'))}"`
}

/** On one line and in ASCII. */
export function escaped(text: string): string {
  return text.replaceAll(/[^\x20-\x7e…]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u{${character.codePointAt(0)?.toString(16)}}`
  )
}
