/** Whether nginx reads this line in the text, which is no comment. */
export function hasLine(text: string, line: string): boolean {
  return text.split('\n').some((each) => withoutComment(each).includes(line))
}

/** The text with the line at the end of its `http` block; null where it has no such block. */
export function withLine(text: string, line: string): string | null {
  const end = endOfHttp(text)
  if (end === null) return null
  const before = text.slice(0, end)
  const newline = before.lastIndexOf('\n') + 1
  const alone = before.slice(newline).trim() === ''
  return alone
    ? `${before.slice(0, newline)}  ${line}\n${text.slice(newline)}`
    : `${before}\n  ${line}\n${text.slice(end)}`
}

/** A hash inside a word or a string is no comment, and our line has none. */
function withoutComment(line: string): string {
  return line.replace(/(^|[\s;{}])#.*$/, '$1')
}

/** Where the brace stands that ends `http { … }`. */
function endOfHttp(text: string): number | null {
  // A comment, a string, a variable in braces, a brace or the end of a directive, or a word.
  const tokens = /#[^\n]*|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|\$\{\w*\}|[{};]|(?:\\[^]|[^\s{};"'\\$]|\$(?!\{))+/g
  const open: string[] = []
  let directive: string | null = null
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token.startsWith('#')) continue
    if (token === '{') open.push(directive ?? '')
    else if (token === '}') {
      if (open.pop() === 'http' && open.length === 0) return index
    } else if (token !== ';') {
      directive ??= token
      continue
    }
    directive = null
  }
  return null
}
