export interface Ids {
  uid: number
  gid: number
}

/** Who this process is when it looks at files. */
export function ownUid(): number | undefined {
  return process.geteuid?.()
}

let before: Promise<unknown> = Promise.resolve()

/** One piece of work at a time, in the order in which they came. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = before.then(work)
  before = result.catch(() => undefined)
  return result
}

/**
 * Does work that needs the rights that this process came with, while it has those: what goes on beside the turns of
 * accounts begins each of its programs in here.
 */
export const asOurselves = inTurn

/**
 * Does work with the rights of another account and with that account's main group alone, and is root again afterwards.
 * Only for root, for one piece of work at a time, and nothing else may look at files or start a program meanwhile: it is
 * the whole process that changes. The work must be over when its promise settles.
 *
 * Only the effective ids change. The real and the saved ones stay root's, so the account can neither signal nor trace
 * this process (kill(2), ptrace(2)), and no file system that it has mounted answers us (fuse(4) wants all three to be
 * its own). What would be started now could become root again by its real id, so nothing is.
 */
export function become<T>(ids: Ids, work: () => Promise<T>): Promise<T> {
  return inTurn(() => becomeNow(ids, work))
}

async function becomeNow<T>({ uid, gid }: Ids, work: () => Promise<T>): Promise<T> {
  const own = { uid: process.geteuid!(), gid: process.getegid!(), groups: process.getgroups!() }
  try {
    process.setgroups!([gid])
    process.setegid!(gid)
    process.seteuid!(uid)
    return await work()
  } finally {
    // In this order: only root may have its groups back.
    process.seteuid!(own.uid)
    process.setegid!(own.gid)
    process.setgroups!(own.groups)
  }
}
