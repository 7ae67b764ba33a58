import { asTenantError, type TenantError } from '../../src/errors.ts'

/** What a call throws. A call that throws nothing fails the test. */
export function thrownBy(run: () => unknown): TenantError {
  try {
    run()
  } catch (thrown) {
    return asTenantError(thrown)
  }
  throw new Error('nothing was thrown')
}

/** The same for a promise. */
export async function rejectionOf(promise: Promise<unknown>): Promise<TenantError> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown')
    },
    (thrown: unknown) => asTenantError(thrown)
  )
}
