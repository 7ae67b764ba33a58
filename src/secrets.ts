import { TenantError } from './errors.ts'
import { show } from './tenant/complaint.ts'

/**
 * Reads all secrets from one JSON object, as toJSON(secrets) makes it.
 * @throws TenantError that says what is wrong in `where` and never quotes the text, which holds secrets.
 */
export function parseSecrets(json: string, where: string): Record<string, string> {
  if (json.trim() === '') return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    // The parser's own message quotes the text, so it goes no further.
    throw wrongSecrets('the text with the secrets is not valid JSON', where)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw wrongSecrets('the text with the secrets is not a JSON object', where)
  }
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]) => {
      if (typeof value !== 'string') throw wrongSecrets(`the secret ${show(name)} is not a string`, where)
      return [name, value]
    })
  )
}

/** Of an entry's environment, what git may see; of that, what a site's build is given is in source/confined.ts. */
export function withoutSecrets(all: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(all).filter(
    ([name, value]) => value !== undefined && !/^(TENANT_|INPUT_|ACTIONS_|GITHUB_TOKEN)/.test(name)
  )
  return Object.fromEntries(entries) as Record<string, string>
}

/** Takes a secret out of an entry's environment, so that no program started from here inherits it. */
export function takeSecret(env: NodeJS.ProcessEnv, name: string): string | null {
  const value = env[name]
  delete env[name]
  return value ?? null
}

function wrongSecrets(what: string, where: string): TenantError {
  return new TenantError('secret', what, {
    where,
    remedy: 'give one object, {"NAME": "value"}; in a workflow: `secrets: ${{ toJSON(secrets) }}`'
  })
}
