import type { AccountFact } from '../../facts/host-facts.ts'
import type { AccountRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Layout } from '../../tenant/layout.ts'
import { TENANTS } from '../host/group.ts'
import { rootChange } from '../host/root-change.ts'
import { judged, missing, type Managed } from '../resource.ts'

const shell = '/bin/sh'

/** The tenant's Unix account: in the tenants' group and in no other, and no password fits it. */
export function accountResource({ account, root }: Layout): Managed<{ account: AccountRequest }> {
  return {
    address: 'account',
    essential: true,
    requests: { account: { kind: 'account', name: account } },
    remedy: `an account with these rights is nobody's to change: see what it is for, and remove it (userdel ${account})`,
    compare(facts) {
      return facts.account.exists
        ? judged(differencesOf(facts.account).map(({ difference }) => difference))
        : missing(account, 'an account')
    },
    changes(facts) {
      if (!facts.account.exists) return [make()]
      if (facts.account.uid === 0) return []
      const options = differencesOf(facts.account).flatMap(({ options }) => options)
      const script = 'name=$1; shift\nusermod "$@" -- "$name"'
      return [
        rootChange(`put right the account ${account}`, { script, args: [account, ...options], needs: ['usermod'] })
      ]
    }
  }

  function make() {
    return rootChange(`make the account ${account}`, {
      // The group first: useradd refuses to make one that is there already, of a run that was cut off.
      script: `id -u -- "$1" >/dev/null 2>&1 && exit 0
getent group "$1" >/dev/null || groupadd -- "$1"
useradd --gid "$1" --groups "$2" --no-create-home --home-dir "$3" --shell "$4" --password '*' -- "$1"`,
      args: [account, TENANTS, root, shell],
      needs: ['groupadd', 'useradd']
    })
  }

  function differencesOf(fact: AccountFact): { difference: Difference; options: string[] }[] {
    const groups = fact.groups ?? []
    const rows: [attribute: string, expected: string, actual: string | undefined, options: string[]][] = [
      ['home', root, fact.home, ['--home', root]],
      ['shell', shell, fact.shell, ['--shell', shell]],
      ['group', account, fact.group, ['--gid', account]],
      ['other groups', TENANTS, groups.length === 0 ? 'none' : groups.join(', '), ['--groups', TENANTS]]
    ]
    const differences = rows
      .filter(([, expected, actual]) => expected !== actual)
      .map(([attribute, expected, actual = 'unknown', options]) => ({
        difference: { attribute, expected, actual },
        options
      }))
    if (fact.uid === 0)
      differences.push({ difference: { attribute: 'uid', expected: 'its own', actual: '0 (root)' }, options: [] })
    return differences
  }
}
