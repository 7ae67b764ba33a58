import { createHmac, timingSafeEqual } from 'node:crypto'

/** The cookie by which a visitor's browser remembers the booking it made. */
export const RECEIPT_COOKIE = 'booking'

const NINETY_DAYS = 90 * 24 * 60 * 60

export function receiptCookie(id: string): string {
  const attributes = `Path=/; Max-Age=${NINETY_DAYS}; HttpOnly; Secure; SameSite=Lax`
  return `${RECEIPT_COOKIE}=${id}.${signature(id)}; ${attributes}`
}

/** The booking's id, if the cookie was signed by us. */
export function readReceipt(cookie: string | undefined): string | undefined {
  const [id = '', signed = ''] = (cookie ?? '').split('.')
  const expected = Buffer.from(signature(id))
  const given = Buffer.from(signed)
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined
}

function signature(id: string): string {
  const secret = process.env.SESSION_SECRET
  if (!secret) throw new Error('SESSION_SECRET is not set')
  return createHmac('sha256', secret).update(id).digest('base64url')
}
