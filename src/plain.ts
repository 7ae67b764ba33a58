/**
 * What of a text is no content: sequences that a terminal acts on, and characters that are not seen. The renderers take
 * them out or write them as escapes, and redaction reads past them. Both do it with what is here, so that no secret
 * appears only once they are gone.
 */

// Cc: control characters; Cf: bidirectional overrides, zero-width and tag characters; Cs: unpaired surrogates; Zl, Zp: line separators.
const classes = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}'

/** Characters that move, hide or reorder others. */
export const unseen = new RegExp(`[${classes}]`, 'gu')

// Variation selectors and fillers besides: they are letters or marks, and take no room.
const ignored = `[${classes}\\p{Default_Ignorable_Code_Point}]`

const sequence = [
  // CSI: colours, cursor.
  '(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]',
  // OSC, DCS, SOS, PM, APC: a window's title, a link; they carry text up to their end.
  '(?:\\x1b[\\]PX^_]|[\\x9d\\x90\\x98\\x9e\\x9f])[^\\x07\\x1b\\x9c\\n]*(?:\\x07|\\x1b\\\\|\\x9c)',
  '\\x1b[ -/]*[0-OQ-WYZ\\\\`-~]'
].join('|')
const sequences = new RegExp(sequence, 'gu')

/** A log's text without colours, cursor movements and titles. */
export function withoutSequences(text: string): string {
  return text.replace(sequences, '')
}

/** A text as somebody may read it: its characters, and where in the text each of them begins and ends. */
export interface Reading {
  shown: string
  from: number[]
  to: number[]
}

const entities: Record<string, string> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' }
const entity = '&(?:#\\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|apos|gt|lt|quot);'
const controls: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const noise = new RegExp(`${ignored}|&`, 'u')
const ignoring = new RegExp(ignored, 'gu')
const rendered = new RegExp(`${sequence}|${ignored}|${entity}`, 'gu')
// As `visible` and JSON write what is not seen.
const escape = /\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|["\\/bfnrt])/gi
const back = /[\b]|(?:\x1b\[|\x9b)\d*D/

/** Everything that a text can be read as. */
export function readings(text: string): Reading[] {
  const whole = {
    shown: text,
    from: Array.from(text.split('').keys()),
    to: Array.from(text.split(''), (_, at) => at + 1)
  }
  const written = text.search(escape) === -1 ? [] : [read(whole, escape, unescaped)]
  const noisy = written.length > 0 || noise.test(text)
  if (!noisy) return [whole]
  return [
    // What a sequence carries is there for who sees it as an escape.
    read(whole, ignoring, () => ''),
    ...[whole, ...written].flatMap((reading) => [
      read(reading, rendered, decoded),
      // As a terminal shows it that goes back and writes over what it wrote.
      ...(back.test(reading.shown) ? [read(reading, rendered, typed)] : [])
    ])
  ]
}

/** A mask as readings have it. */
export function plain(text: string): string {
  return text.replace(ignoring, '')
}

function decoded(found: string): string {
  const [, code = '', hex = '', name = ''] = /^&(?:#(\d+)|#[xX](.+)|(\w+));$/.exec(found) ?? []
  if (name !== '') return entities[name] ?? ''
  const point = code === '' ? Number.parseInt(hex, 16) : Number(code)
  return point <= 0x10ffff ? plain(String.fromCodePoint(point)) : ''
}

function unescaped(found: string): string {
  const [, hex = '', sign = ''] = /^\\(?:[xu]\{?([0-9a-f]+)\}?|(.))$/i.exec(found) ?? []
  if (hex === '') return controls[sign.toLowerCase()] ?? sign
  const point = Number.parseInt(hex, 16)
  return point <= 0x10ffff ? String.fromCodePoint(point) : ''
}

/** How many characters are gone back, or what is written. */
function typed(found: string): string | number {
  if (found === '\b') return 1
  const [moved, count] = /^(?:\x1b\[|\x9b)(\d*)D$/.exec(found) ?? []
  return moved === undefined ? decoded(found) : Number(count || 1)
}

function read(of: Reading, marks: RegExp, means: (found: string) => string | number): Reading {
  const characters: string[] = []
  const from: number[] = []
  const to: number[] = []
  let at = 0
  const put = (character: string, first: number, last: number) => {
    characters.push(character)
    from.push(of.from[first]!)
    to.push(of.to[last]!)
  }
  const copyTo = (end: number) => {
    for (; at < end; at++) put(of.shown[at]!, at, at)
  }
  for (const { 0: found, index } of of.shown.matchAll(marks)) {
    copyTo(index)
    at = index + found.length
    const meant = means(found)
    if (typeof meant === 'string') for (const unit of meant.split('')) put(unit, index, at - 1)
    else for (const list of [characters, from, to]) list.length = Math.max(0, list.length - meant)
  }
  copyTo(of.shown.length)
  return { shown: characters.join(''), from, to }
}
