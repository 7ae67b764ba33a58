import { count } from '../../report/format.ts'

// For the closing lines.
const reserve = 200

/** Markdown of ours in at most so many bytes: whole lines from its beginning, with what was open closed again. */
export function shortened(markdown: string, bytes: number): string {
  if (Buffer.byteLength(markdown) <= bytes) return markdown
  const lines = markdown.split('\n')
  const kept: string[] = []
  let room = bytes - reserve
  let fence = ''
  let open = 0
  for (const line of lines) {
    const after = fenceAfter(fence, line)
    const within = after === '' ? open + foldsIn(fence === '' ? line : '') : open
    // Closing what is open costs its own length.
    const closing = after.length + within * '</details>\n\n'.length
    room -= Buffer.byteLength(line) + 1
    if (room < closing) break
    kept.push(line)
    fence = after
    open = within
  }
  const end = [...(fence === '' ? [] : [fence]), ...Array.from({ length: open }, () => '\n</details>')]
  return [
    ...kept,
    ...end,
    '',
    `_${count(lines.length - kept.length, 'line')} left out: it would have been too long._`
  ].join('\n')
}

/** The fence that is open after this line; empty where none is. */
function fenceAfter(fence: string, line: string): string {
  const ticks = /^`{3,}/.exec(line)?.[0] ?? ''
  if (fence === '') return ticks
  return ticks.length >= fence.length && line.trim() === ticks ? '' : fence
}

function foldsIn(line: string): number {
  return (line.match(/<details/g)?.length ?? 0) - (line.match(/<\/details>/g)?.length ?? 0)
}
