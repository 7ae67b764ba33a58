import { TenantError } from '../../src/errors.ts'

/** The TenantError that something must end with; it names a remedy, as each that a user may meet does. */
export async function failureOf(promise: Promise<unknown>): Promise<TenantError> {
  const outcome = await promise.then(
    (value) => new Error(`it did not fail, and answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown
  )
  if (outcome instanceof TenantError) return outcome
  throw outcome
}
