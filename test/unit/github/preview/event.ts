interface Change {
  number?: number
  head?: string
  /** The repository that the branch lies in. */
  from?: string | null
  by?: string
}

/** As GitHub sends it, as far as it matters. */
export function pullRequestEvent({
  number = 1,
  head = 'f'.repeat(40),
  from = 'acme/tenants',
  by = 'octocat'
}: Change = {}): unknown {
  return {
    action: 'synchronize',
    number,
    repository: { name: 'tenants', owner: { login: 'acme' } },
    pull_request: {
      number,
      user: { login: by },
      head: { sha: head, ref: 'change', repo: from === null ? null : { full_name: from } },
      base: { sha: 'b'.repeat(40), ref: 'main', repo: { full_name: 'acme/tenants' } }
    }
  }
}
