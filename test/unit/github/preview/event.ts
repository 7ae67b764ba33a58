interface Change {
  number?: number
  head?: string
  /** The repository that the branch lies in. */
  from?: string | null
  by?: string
  /** The commit that its base branch is at. */
  base?: string
}

/** As GitHub sends it, as far as it matters. */
export function pullRequestEvent({
  number = 1,
  head = 'f'.repeat(40),
  from = 'acme/tenants',
  by = 'octocat',
  base = 'b'.repeat(40)
}: Change = {}): unknown {
  return {
    action: 'synchronize',
    number,
    repository: { name: 'tenants', owner: { login: 'acme' } },
    pull_request: {
      number,
      user: { login: by },
      head: { sha: head, ref: 'change', repo: from === null ? null : { full_name: from } },
      base: { sha: base, ref: 'main', repo: { full_name: 'acme/tenants' } }
    }
  }
}
