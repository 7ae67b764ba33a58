import { createTwoFilesPatch } from 'diff'

/** The difference between what is live and what is desired, as a reviewer reads it. */
export function siteDiff(path: string, live: string | null, desired: string): string {
  if (live === desired) return ''
  return createTwoFilesPatch(live === null ? '/dev/null' : path, path, live ?? '', desired, 'live', 'desired', {
    context: 3
  })
}
