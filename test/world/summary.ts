/** What stays the same of a job summary, whatever was shipped: its headings, table heads and titles, without their numbers. */
export function summaryStructure(markdown: string): string[] {
  const lines = markdown.replace(/<!--[^]*?-->\s*/, '').split('\n')
  const kept = lines.flatMap((line, at) => {
    if (/^#{2,3} /.test(line)) return [line.replace(/^(## \S+ )\S+?:/, '$1tenant:')]
    if (/^\| --- /.test(lines[at + 1] ?? '')) return [line]
    const title = /<summary>(.*?)<\/summary>/.exec(line)?.[1]
    return title === undefined ? [] : [title.replace(/[:(].*/, '').trim()]
  })
  return kept
}

/** The same of a comment on a pull request, and what the folds tell of. */
export function commentStructure(markdown: string): string[] {
  return markdown.split('\n').flatMap((line, at, lines) => {
    if (/^## /.test(line)) return [line]
    if (/^\| --- /.test(lines[at + 1] ?? '')) return [line]
    const title = /<summary><b>\S+ (\w+)<\/b>/.exec(line)?.[1]
    if (title !== undefined) return [title]
    return /^\*\*(?:Files|nginx|Environment|Migration)\*\*/.exec(line)?.slice(0, 1) ?? []
  })
}
