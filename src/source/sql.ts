/** What a statement does not reach into, and what ends one (Lexical Structure in the PostgreSQL manual). */
const PIECES = new RegExp(
  [
    /--[^\n\r]*/,
    /\/\*/,
    // An escape string goes on behind a line break, and only there.
    /(?<![\w$\u0080-\uffff])e'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*'(?:[ \t\f]*[\n\r]\s*'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*')*/,
    /'[^']*(?:''[^']*)*'/,
    /"[^"]*(?:""[^"]*)*"/,
    /(?<![\w$\u0080-\uffff])(\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[^]*?\1/,
    /;/
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi'
)
const CONTROL =
  /^(?:begin|start\s+transaction|commit|end|rollback(?!(?:\s+work|\s+transaction)?\s+to\b)|abort|prepare\s+transaction)\b/i

/**
 * The first statement that would begin or end a transaction, or null. Each migration runs inside one of ours, so
 * such a statement would leave half of the file applied when the rest fails.
 */
export function transactionStatement(sql: string): string | null {
  let inBody = false
  for (const statement of statements(sql)) {
    // An SQL function may have a body of statements: BEGIN ATOMIC … END (CREATE FUNCTION in the PostgreSQL manual).
    const body: string | undefined = inBody ? statement : /^create\b[^]*\bbegin\s+atomic\b([^]*)/i.exec(statement)?.[1]
    if (body !== undefined) inBody = !/^\s*end\b/i.test(body)
    else if (CONTROL.test(statement)) return statement.split('\n')[0]!.trimEnd()
  }
  return null
}

/** The statements of a script, with a blank for each comment, string, quoted name and dollar-quoted body. */
function statements(sql: string): string[] {
  const found: string[] = []
  let text = ''
  let at = 0
  PIECES.lastIndex = 0
  for (let piece = PIECES.exec(sql); piece !== null; piece = PIECES.exec(sql)) {
    text += `${sql.slice(at, piece.index)} `
    if (piece[0] === '/*') PIECES.lastIndex = endOfComment(sql, piece.index)
    at = PIECES.lastIndex
    if (piece[0] !== ';') continue
    found.push(text.trim())
    text = ''
  }
  return [...found, `${text}${sql.slice(at)}`.trim()]
}

/** Block comments nest. */
function endOfComment(sql: string, start: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  let depth = 0
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return sql.length
}
