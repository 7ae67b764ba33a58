import type { FileFact } from '../../facts/facts.ts'
import type { AccountRequest, FileRequest } from '../../facts/requests.ts'
import type { AccountFact } from '../../facts/host-facts.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import { judged, missing, type Change, type FactsOf, type Managed } from '../resource.ts'
import {
  authorizedKeys,
  HOME,
  KEYS,
  MORE_KEYS,
  PROGRAM,
  programFiles,
  RULE,
  sha256,
  sudoRule,
  type Observer,
  type RootFile
} from './observer-files.ts'
import { rootChange } from './root-change.ts'
import { writeRule } from './sudo.ts'

type Q = Record<string, FileRequest> & { account?: AccountRequest }
type Facts = Record<string, FileFact>

const SHELL = '/bin/sh'
const FOLDERS = [PROGRAM, HOME, `${HOME}/.ssh`]
const FOLDER_MODE = '0755'

/**
 * The keys that may only look, and all that holds them to it: an account with nothing of its own, a key file that is
 * root's, and the collector as this program has it. Where the host's file names nobody, no key opens anything.
 */
export function observerResource(host: Host, collector: string): Managed<Q> {
  const { observer } = host
  return observer === undefined ? nobody() : somebody(host, observer, collector)
}

function nobody(): Managed<Q> {
  const paths = [KEYS, MORE_KEYS, RULE]
  const left = (facts: FactsOf<Q>) => paths.filter((path) => (facts as unknown as Facts)[path]!.exists)
  return {
    address: 'host.observer',
    requests: Object.fromEntries(paths.map((path) => [path, { kind: 'file', path, unread: true }])),
    compare: (facts) => judged(left(facts).map(noSuchFile)),
    changes: (facts) => [
      rootChange('let no key look at the host any more', { script: 'rm -f -- "$@"', args: left(facts) })
    ]
  }
}

function somebody(host: Host, observer: Observer, collector: string): Managed<Q> {
  const keys = authorizedKeys(observer)
  const rule = sudoRule(observer)
  const program = programFiles(host, collector)
  const files = [keys, ...program, rule]
  const { user } = observer
  return {
    address: 'host.observer',
    requests: {
      ...Object.fromEntries(files.map(({ path }) => [path, { kind: 'file', path }])),
      ...Object.fromEntries([...FOLDERS, MORE_KEYS].map((path) => [path, { kind: 'file', path, unread: true }])),
      account: { kind: 'account', name: user }
    } as Q,
    remedy: `the account ${user} was there before and is somebody's: name another under observer.user in the host's file`,
    compare(all) {
      const { facts, account } = parted(all)
      if (!facts[KEYS]!.exists && !facts[PROGRAM]!.exists) return missing(KEYS, 'keys that may only look')
      return judged([
        ...FOLDERS.flatMap((path) => folderDifferences(path, facts[path]!)),
        ...(facts[MORE_KEYS]!.exists ? [noSuchFile(MORE_KEYS)] : []),
        ...files.flatMap((file) => fileDifferences(file, facts[file.path]!)),
        ...accountDifferences(user, account)
      ])
    },
    changes(all) {
      const { facts, account } = parted(all)
      if (account.exists && !isOurs(account)) return []
      const differing = ({ path, ...file }: RootFile) => fileDifferences({ path, ...file }, facts[path]!).length > 0
      const changes: Change[] = []
      if (FOLDERS.some((path) => folderDifferences(path, facts[path]!).length > 0)) changes.push(makeFolders)
      // A key that is taken away is so first of all, whatever becomes of the rest.
      if (differing(keys) || facts[MORE_KEYS]!.exists) changes.push(writeKeys(keys, observer.keys.length))
      for (const file of program.filter(differing)) changes.push(write(file))
      if (differing(rule)) changes.push(writeSudoRule(rule, user))
      if (accountDifferences(user, account).length > 0) changes.push(makeAccount(user))
      return changes
    }
  }
}

function parted(all: FactsOf<Q>): { facts: Facts; account: AccountFact } {
  const { account, ...facts } = all as unknown as Facts & { account: AccountFact }
  return { facts, account }
}

function isOurs({ uid, home }: AccountFact): boolean {
  return uid !== 0 && home === HOME
}

const noSuchFile = (path: string): Difference => ({ attribute: path, expected: 'no such file', actual: 'a file' })
const short = (hash = 'unknown') => `sha256 ${hash.slice(0, 12)}`

function fileDifferences({ path, text, mode }: RootFile, fact: FileFact): Difference[] {
  if (!fact.exists) return [{ attribute: path, expected: 'a file', actual: 'missing' }]
  const type = fact.link === undefined ? (fact.type ?? 'unknown') : `a link to ${fact.link}`
  return different([
    [path, 'file', type],
    [path, short(sha256(text)), short(fact.sha256)],
    [`owner of ${path}`, 'root', fact.owner],
    [`mode of ${path}`, mode, fact.mode]
  ])
}

function folderDifferences(path: string, fact: FileFact): Difference[] {
  if (!fact.exists) return [{ attribute: path, expected: 'a folder', actual: 'missing' }]
  return different([
    [path, 'folder', fact.link === undefined ? fact.type : `a link to ${fact.link}`],
    [`owner of ${path}`, 'root', fact.owner],
    [`mode of ${path}`, FOLDER_MODE, fact.mode]
  ])
}

function accountDifferences(user: string, fact: AccountFact): Difference[] {
  const account = `the account ${user}`
  if (!fact.exists) return [{ attribute: account, expected: 'an account', actual: 'missing' }]
  const groups = fact.groups ?? []
  return different([
    [`home of ${account}`, HOME, fact.home],
    [`uid of ${account}`, 'its own', fact.uid === 0 ? '0 (root)' : 'its own'],
    [`shell of ${account}`, SHELL, fact.shell],
    [`group of ${account}`, user, fact.group],
    [`other groups of ${account}`, 'none', groups.length === 0 ? 'none' : groups.join(', ')]
  ])
}

function different(rows: [attribute: string, expected: string, actual: string | undefined][]): Difference[] {
  return rows
    .filter(([, expected, actual]) => expected !== actual)
    .map(([attribute, expected, actual = 'unknown']) => ({ attribute, expected, actual }))
}

const makeFolders = rootChange(`make ${PROGRAM} and ${HOME}`, {
  script: `for path; do
  [ ! -L "$path" ] || rm -f -- "$path"
  install -d -o root -g root -m ${FOLDER_MODE} -- "$path"
done`,
  args: FOLDERS
})

const put = `cat >"$1.new"
chown root:root "$1.new"
chmod "$2" "$1.new"
mv -T -f -- "$1.new" "$1"`

function write({ path, text, mode }: RootFile): Change {
  return rootChange(`write ${path}`, { script: put, args: [path, mode], input: text })
}

function writeKeys({ path, text, mode }: RootFile, count: number): Change {
  return rootChange(`let ${count} ${count === 1 ? 'key' : 'keys'} look at the host, and no other`, {
    script: `${put}\nrm -f -- "$3"`,
    args: [path, mode, MORE_KEYS],
    input: text
  })
}

function writeSudoRule({ path, text, mode }: RootFile, user: string): Change {
  return rootChange(`let ${user} run the collector as root, and nothing else`, {
    script: writeRule,
    args: [path, mode],
    needs: ['visudo'],
    input: text
  })
}

/** It has no password and is in no group; its home is root's, and its key file as well. */
function makeAccount(user: string): Change {
  return rootChange(`make the account ${user}`, {
    script: `getent group "$1" >/dev/null || groupadd --system -- "$1"
id -u -- "$1" >/dev/null 2>&1 ||
  useradd --system --gid "$1" --no-create-home --home-dir "$2" --shell "$3" --password '*' -- "$1"
usermod --gid "$1" --groups '' --home "$2" --shell "$3" -- "$1"`,
    args: [user, HOME, SHELL],
    needs: ['groupadd', 'useradd', 'usermod']
  })
}
