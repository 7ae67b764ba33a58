import { setTimeout } from 'node:timers/promises'

export const dynamic = 'force-dynamic'

const LONGEST_MS = 5000

/** Answers late on purpose: for trying that a process that is told to stop still finishes what it began. */
export async function GET(request: Request): Promise<Response> {
  const asked = Number(new URL(request.url).searchParams.get('ms') ?? '1000')
  const ms = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), LONGEST_MS) : LONGEST_MS
  await setTimeout(ms)
  return Response.json({ release: process.env.RELEASE_ID ?? null, ms }, { headers: { 'cache-control': 'no-store' } })
}
