/**
 * As Promise.all, but done only when every piece of work is: none of it goes on behind the back of who waits, with
 * rights that are others by then. The first in the list that failed is what is thrown.
 */
export async function settled<T extends readonly unknown[]>(
  work: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(work)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value as unknown
  }) as { -readonly [K in keyof T]: Awaited<T[K]> }
}
