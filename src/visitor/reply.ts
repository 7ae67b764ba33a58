import { createHash } from 'node:crypto'

/** What a public address answered. */
export interface Reply {
  status: number
  /** By name in lower case; more than one value where a header was sent more than once. */
  headers: Record<string, string[] | undefined>
  body: Buffer
}

/** The release that an app names in its answer; a default page is not JSON, and names none. */
export function releaseIn({ body }: Reply): string | undefined {
  try {
    const answer = JSON.parse(body.toString('utf8')) as { release?: unknown } | null
    return typeof answer?.release === 'string' ? answer.release : undefined
  } catch {
    return undefined
  }
}

/** SHA-256 of the content, in hex. */
export function sha256Of({ body }: Reply): string {
  return createHash('sha256').update(body).digest('hex')
}
