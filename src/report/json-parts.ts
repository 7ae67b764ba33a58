export interface JsonOptions {
  maxBytes?: number
  /** On one line, for programs; otherwise indented by two spaces. */
  compact?: boolean
}

/** The first of the values, each of which says less than the one before, that is no longer than asked for; else the last. */
export function firstThatFits(
  values: Iterable<unknown>,
  { maxBytes = Infinity, compact = false }: JsonOptions
): string {
  let text = ''
  for (const value of values) {
    text = `${JSON.stringify(value, null, compact ? 0 : 2)}\n`
    if (Buffer.byteLength(text) <= maxBytes) return text
  }
  return text
}

/** From the first by halves down to none. */
export function limits(first: number): number[] {
  return first === 0 ? [0] : [first, ...limits(Math.floor(first / 2))]
}

/**
 * Cuts every text in a value to so many characters, and every list to so many items. The end of a log says more than
 * its beginning, and a text's beginning more than its end; both are kept.
 */
export function cutTexts(value: unknown, length: number, items = length): unknown {
  if (typeof value === 'string') {
    return value.length <= length ? value : `${value.slice(0, length / 2)} … ${value.slice(-length / 2)}`
  }
  if (Array.isArray(value)) return value.slice(0, items).map((item) => cutTexts(item, length, items))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutTexts(item, length, items)]))
}
