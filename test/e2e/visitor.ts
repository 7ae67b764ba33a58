import type { World } from '../world/world.ts'

/** One who books a table at a tenant, through DNS, TLS and nginx. */
export interface Visitor {
  book(name: string): Promise<{ status: number; id: string }>
  /** The booking as JSON and as a page. */
  booking(id: string): Promise<{ name: string; page: string }>
  /** The release that answers the health path, with the status. */
  health(): Promise<{ status: number; release: string | null }>
  page(path?: string): Promise<string>
}

const MONTH_MS = 30 * 24 * 60 * 60 * 1000

export function visitor(world: World, domain: string): Visitor {
  const page = async (path = '/') => (await world.visit(world.url(domain, path))).text
  return {
    page,
    async book(name) {
      const date = new Date(Date.now() + MONTH_MS).toISOString().slice(0, 10)
      const { status, text } = await world.visit(world.url(domain, '/api/bookings'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, date, partySize: 3, note: 'By the window' })
      })
      return { status, id: (JSON.parse(text) as { id: string }).id }
    },
    async booking(id) {
      const { name } = JSON.parse(await page(`/api/bookings/${id}`)) as { name: string }
      return { name, page: await page(`/bookings/${id}`) }
    },
    async health() {
      const { status, text } = await world.visit(world.url(domain, '/api/health'))
      const answer = text.startsWith('{') ? (JSON.parse(text) as { release?: string }) : {}
      return { status, release: answer.release ?? null }
    }
  }
}
