/** Why a question could not be answered, in one line of the system's own words. */
export function causeOf(thrown: unknown): string {
  // Node reports a connection that failed on each of several addresses as one error without a message.
  if (thrown instanceof AggregateError) return [...new Set(thrown.errors.map(causeOf))].join('; ')
  if (thrown instanceof Error) return thrown.message || thrown.name
  return String(thrown)
}

/** Whether the system says that there is nothing at that path. */
export function isAbsent(thrown: unknown): boolean {
  const code = codeOf(thrown)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** What was looked for; null where the system says that there is nothing at that path, as when it went away meanwhile. */
export async function ifThere<T>(looked: Promise<T>): Promise<T | null> {
  try {
    return await looked
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined
}
