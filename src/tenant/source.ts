import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Node, Pair, YAMLError } from 'yaml'
import { escaped, pathName, show } from './complaint.ts'
import type { Complaint } from './complaint.ts'

export type Path = readonly PropertyKey[]

/** One file that was read: plain data, and where each part of it stands. */
export interface Source {
  file: string
  /** Undefined where the file could not be read at all. */
  data: unknown
  complaints: Complaint[]
  /** A complaint at the value of this path, at its key, or at the nearest thing above that does stand in the file. */
  complain(path: Path, message: string, remedy: string, at?: 'value' | 'key'): Complaint
}

interface Place {
  key: number | undefined
  value: number | undefined
}

const deepest = 16

/** Reads YAML (of which JSON is a part) down to plain strings, numbers, booleans, lists and maps; what else YAML can do is refused. */
export function readSource(file: string, text: string): Source {
  const lines = new LineCounter()
  const places = new Map<string, Place>()
  const source: Source = { file, data: undefined, complaints: [], complain }

  function at(offset: number, path: Path, message: string, remedy: string): Complaint {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: pathName(path), message, remedy }
  }

  function complain(path: Path, message: string, remedy: string, side: 'value' | 'key' = 'value'): Complaint {
    for (let depth = path.length; depth >= 0; depth--) {
      const place = places.get(JSON.stringify(path.slice(0, depth)))
      if (!place) continue
      const wanted = side === 'value' && depth === path.length ? place.value : place.key
      return at(wanted ?? place.key ?? place.value ?? 0, path, message, remedy)
    }
    return at(0, path, message, remedy)
  }

  function remember(path: Path, key: Node | undefined, value: Node | null): void {
    // An empty value stands where the next key begins: its own key says better what is meant.
    const empty = value === null || (isScalar(value) && value.source === '')
    places.set(JSON.stringify(path), {
      key: key?.range?.[0],
      value: empty ? undefined : value.range?.[0]
    })
  }

  function refuse(node: { range?: [number, number, number] | null }, path: Path, message: string, remedy: string) {
    source.complaints.push(at(node.range?.[0] ?? 0, path, message, remedy))
  }

  function plainData(node: Node | null, path: Path): unknown {
    if (node === null) return null
    if (path.length > deepest) {
      refuse(node, path, `is nested more than ${deepest} levels deep`, 'write it flat')
      return undefined
    }
    if (isAlias(node) || node.anchor !== undefined) {
      refuse(node, path, 'uses a YAML anchor or alias (& or *)', 'write the value itself')
      return undefined
    }
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
      refuse(node, path, `carries the YAML tag ${show(node.tag)}`, 'write the plain value, without a tag')
      return undefined
    }
    if (isMap(node)) return plainMap(node.items, path)
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const inner = isPair(item) ? null : (item as Node | null)
        const here = [...path, index]
        remember(here, undefined, inner)
        return plainData(inner, here)
      })
    }
    return isScalar(node) ? node.value : undefined
  }

  function plainMap(pairs: Pair[], path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    for (const pair of pairs) {
      const key = pair.key as Node | null
      if (!isScalar(key) || typeof key.value !== 'string' || key.value === '__proto__' || key.anchor !== undefined) {
        refuse(key ?? {}, path, 'has a key that is not a plain word', 'write each key as a word followed by a colon')
        continue
      }
      const here = [...path, key.value]
      if (Object.hasOwn(map, key.value)) {
        const first = places.get(JSON.stringify(here))?.key ?? 0
        refuse(key, here, `is given twice, first in line ${lines.linePos(first).line}`, 'keep one of the two')
        continue
      }
      const value = pair.value as Node | null
      remember(here, key, value)
      map[key.value] = plainData(value, here)
    }
    return map
  }

  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const wrong = [...document.errors, ...document.warnings]
  if (wrong.length > 0) {
    // Only the first: those after it are mostly its echo.
    const [first] = wrong.toSorted((one, other) => one.pos[0] - other.pos[0])
    source.complaints.push(at(first!.pos[0], [], ...syntax(first!)))
    return source
  }
  const root = document.contents
  if (!isMap(root)) {
    const what = root === null || (isScalar(root) && root.value === null) ? 'is empty' : 'does not hold a map'
    source.complaints.push(at(root?.range?.[0] ?? 0, [], what, 'write lines of the form `key: value`'))
    return source
  }
  remember([], root, root)
  const data = plainData(root, [])
  if (source.complaints.length === 0) source.data = data
  return source
}

export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    data
  )
}

function syntax(error: YAMLError): [message: string, remedy: string] {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return ['is indented with a tab', 'indent with two spaces']
    case 'MULTIPLE_DOCS':
      return ['holds more than one YAML document', 'keep one, and remove the line `---` between them']
    case 'RESOURCE_EXHAUSTION':
      return ['is nested too deeply', 'write it flat']
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return ['is not valid YAML here', 'indent keys of one map alike, and put a value with `: ` in it in quotes']
    case 'TAG_RESOLVE_FAILED':
      return ['carries a YAML tag', 'write the plain value, without a tag; quote a value that begins with `!`']
    default:
      return [`is not valid YAML: ${escaped(error.message.slice(0, 120))}`, 'correct the syntax here']
  }
}
