const QUOTED = /--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1/g
const ENDS = /^(begin|start\s+transaction|commit|end|rollback(?!\s+to\b)|abort|prepare\s+transaction)\b/i

/**
 * The first statement that would begin or end a transaction, or null. Each migration runs inside one of ours, so
 * such a statement would leave half of the file applied when the rest fails.
 */
export function transactionStatement(sql: string): string | null {
  const bare = withoutBlockComments(sql).replace(QUOTED, ' ')
  let atomicBody = false
  for (const raw of bare.split(';')) {
    const statement = raw.trim()
    // SQL functions may have a body of statements: BEGIN ATOMIC … END (CREATE FUNCTION in the PostgreSQL manual).
    if (/\bbegin\s+atomic\b/i.test(statement)) atomicBody = true
    else if (atomicBody) atomicBody = !/^end\b/i.test(statement)
    else if (ENDS.test(statement)) return statement.split('\n')[0]!
  }
  return null
}

/** PostgreSQL's block comments nest. */
function withoutBlockComments(sql: string): string {
  let text = ''
  let depth = 0
  for (const part of sql.split(/(\/\*|\*\/)/)) {
    if (part === '/*') depth++
    else if (part === '*/' && depth > 0) depth--
    else if (depth === 0) text += part
  }
  return text
}
