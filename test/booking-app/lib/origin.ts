/** True for a request that a browser sent from a page which is neither ours nor the marketing site's. */
export function isForeign(request: Request): boolean {
  const origin = request.headers.get('origin')
  return origin !== null && !isMarketing(origin) && !isOwn(origin, request)
}

/** What lets the marketing site's pages, and no others, read the answer. */
export function corsHeaders(request: Request): Record<string, string> {
  const origin = request.headers.get('origin')
  if (origin === null || !isMarketing(origin)) return { vary: 'origin' }
  return { vary: 'origin', 'access-control-allow-origin': origin }
}

export function preflight(request: Request): Response {
  if (isForeign(request)) return new Response(null, { status: 403, headers: { vary: 'origin' } })
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(request),
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600'
    }
  })
}

// Both by name without the port: a host may serve its sites on another one than visitors commonly use, and a proxy may
// listen on another port than the one that it passes on in Host.
function isMarketing(origin: string): boolean {
  const marketing = process.env.MARKETING_ORIGIN ?? ''
  if (!URL.canParse(origin) || !URL.canParse(marketing)) return false
  const [asked, known] = [new URL(origin), new URL(marketing)]
  return asked.protocol === known.protocol && asked.hostname === known.hostname
}

function isOwn(origin: string, request: Request): boolean {
  const host = request.headers.get('host')
  if (host === null || !URL.canParse(origin)) return false
  return new URL(origin).hostname === host.replace(/:\d+$/, '')
}
