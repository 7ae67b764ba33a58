import { TenantError } from './errors.ts'

/** An error of whoever typed the command; `near` is what they may have meant. */
export function usage(what: string, near?: string | null): TenantError {
  return new TenantError('usage', what, {
    remedy: `${near == null ? '' : `did you mean ${near}? `}tenant help shows all commands`
  })
}
