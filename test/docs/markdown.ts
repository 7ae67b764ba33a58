/** A Markdown table; line breaks in a cell become spaces. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export function section(page: string, name: string): string | undefined {
  return page.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0]?.trim()
}

/** The page with another text between these markers, which it has to have. */
export function replaceSection(page: string, name: string, text: string): string {
  const [before, ...rest] = page.split(`<!-- ${name} -->`)
  const after = rest.join('').split(`<!-- /${name} -->`)[1]
  if (before === undefined || after === undefined) throw new Error(`the page has no section ${name}`)
  return `${before}<!-- ${name} -->\n${text}\n<!-- /${name} -->${after}`
}

/** The text of each fenced block in that language, in their order. */
export function codeBlocks(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text]) =>
    name === language && text !== undefined ? [text] : []
  )
}
