import { readText } from './read.ts'

/** id -> name, as /etc/passwd and /etc/group have it. */
export function parseAccounts(text: string): Map<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':')
    // The first line that names an id is the one that the system uses.
    if (name && id && /^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name)
  }
  return names
}

/** Names of the owner and the group of a file; an id without a name stays a number. */
export async function ownersOf(ids: { uid: number; gid: number }): Promise<{ owner: string; group: string }> {
  const [users, groups] = await Promise.all([readText('/etc/passwd'), readText('/etc/group')])
  return {
    owner: parseAccounts(users ?? '').get(ids.uid) ?? String(ids.uid),
    group: parseAccounts(groups ?? '').get(ids.gid) ?? String(ids.gid)
  }
}
