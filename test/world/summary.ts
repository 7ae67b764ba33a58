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
