import { database } from '../../../lib/database'

export const dynamic = 'force-dynamic'

/** Answers 200 only when a real query of the bookings table came back, and says which release answers. */
export async function GET(): Promise<Response> {
  const release = process.env.RELEASE_ID ?? null
  const headers = { 'cache-control': 'no-store' }
  if (!process.env.SESSION_SECRET) {
    return Response.json({ release, ok: false, reason: 'SESSION_SECRET is not set' }, { status: 503, headers })
  }
  try {
    await database().booking.findFirst({ select: { id: true } })
    return Response.json({ release, ok: true }, { headers })
  } catch (error) {
    // The whole error goes to the log only: this path is public, and the message can name hosts and roles.
    console.error('health: the database did not answer', error)
    return Response.json({ release, ok: false, reason: databaseReason(error) }, { status: 503, headers })
  }
}

function databaseReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return `the database did not answer${code}`
}
