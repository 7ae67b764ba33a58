import { expect } from 'vitest'

/** Characters that hide or reorder others. */
export const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b\ud800]/

/** Walks the lines as a Markdown parser would: every fence and every fold must be closed again. */
export function expectClosed(markdown: string): void {
  let fence: string | null = null
  let folds = 0
  for (const line of markdown.split('\n')) {
    const ticks = /^`{3,}/.exec(line)?.[0]
    if (fence !== null) {
      if (line.trimEnd() === fence) fence = null
    } else if (ticks !== undefined) fence = ticks
    else {
      folds += (line.match(/<details/g) ?? []).length - (line.match(/<\/details>/g) ?? []).length
      expect(line.replace(/<\/?(?:code|summary|details(?: open)?|br|b|sub)>/g, '')).not.toMatch(/<[a-z/!]/i)
    }
  }
  expect(fence).toBeNull()
  expect(folds).toBe(0)
}
