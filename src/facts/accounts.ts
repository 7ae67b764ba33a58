import type { AccountFact, GroupFact } from './host-facts.ts'
import type { AccountRequest, GroupRequest, InventoryRequest } from './requests.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

/** id -> name, as /etc/passwd and /etc/group have it. */
export function parseAccounts(text: string): Map<number, string> {
  const names = new Map<number, string>()
  for (const [name, , id] of linesOf(text)) {
    // The first line that names an id is the one that the system uses.
    if (name && isId(id) && !names.has(Number(id))) names.set(Number(id), name)
  }
  return names
}

/** Names of the owner and the group of a file; an id without a name stays a number. */
export async function ownersOf(ids: { uid: number; gid: number }): Promise<{ owner: string; group: string }> {
  const { userNames, groupNames } = await readBoth()
  return { owner: userNames.get(ids.uid) ?? String(ids.uid), group: groupNames.get(ids.gid) ?? String(ids.gid) }
}

export async function lookAtAccount({ name }: AccountRequest): Promise<AccountFact> {
  const { users, groups } = await readBoth()
  return findAccount(name, users, groups)
}

export async function lookAtGroup({ name }: GroupRequest): Promise<GroupFact> {
  const { groups } = await readBoth()
  return { exists: lineOf(name, groups) !== undefined }
}

/** What /etc/passwd and /etc/group say of an account. */
export function findAccount(name: string, users: string, groups: string): AccountFact {
  const line = lineOf(name, users)
  if (!line) return { exists: false }
  const [, , uid, gid, , home = '', shell = ''] = line
  const group = parseAccounts(groups).get(Number(gid)) ?? String(gid)
  const memberships = linesOf(groups).flatMap(([each = '', , , members]) =>
    members?.split(',').includes(name) && each !== group ? [each] : []
  )
  return { exists: true, uid: Number(uid), home, shell, group, groups: [...new Set(memberships)].sort() }
}

/** Who is in a group, or is called like one of them; sorted. */
export function membersOf({ group, prefix }: InventoryRequest['accounts'], users: string, groups: string): string[] {
  const [, , gid, members = ''] = lineOf(group, groups) ?? []
  const isMember = (name: string, own: string | undefined) =>
    name.startsWith(prefix) || members.split(',').includes(name) || (gid !== undefined && own === gid)
  const accounts = linesOf(users).filter(([name = '', , uid, own]) => name !== '' && isId(uid) && isMember(name, own))
  return [...new Set(accounts.map(([name = '']) => name))].sort()
}

/** The ids to start a program with as an account. */
export async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const [, , uid, gid] = lineOf(name, (await readBoth()).users) ?? []
  if (uid === undefined || gid === undefined) throw new Error(`there is no account ${name}`)
  return { uid: Number(uid), gid: Number(gid) }
}

interface Both {
  users: string
  groups: string
  userNames: Map<number, string>
  groupNames: Map<number, string>
}

let known: Promise<Both> | undefined

/** Read once: a look asks for the owners of thousands of files, and is over in seconds. */
function readBoth(): Promise<Both> {
  known ??= readNow().catch((error: unknown) => {
    known = undefined
    throw error
  })
  return known
}

async function readNow(): Promise<Both> {
  const [users, groups] = await settled([readText('/etc/passwd'), readText('/etc/group')])
  return {
    users: users ?? '',
    groups: groups ?? '',
    userNames: parseAccounts(users ?? ''),
    groupNames: parseAccounts(groups ?? '')
  }
}

const linesOf = (text: string) => text.split('\n').map((line) => line.split(':'))
const lineOf = (name: string, text: string) => linesOf(text).find(([each, , id]) => each === name && isId(id))
const isId = (text: string | undefined) => text !== undefined && /^\d+$/.test(text)
