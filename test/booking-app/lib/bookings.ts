import type { NewBooking } from './booking'
import { isBookingId, isoDate } from './booking'
import { database } from './database'

/** A booking as the API and the pages show it. */
export interface BookingView {
  id: string
  name: string
  date: string
  partySize: number
  note: string
}

const SHOWN = { id: true, name: true, date: true, partySize: true, note: true } as const

export async function createBooking(booking: NewBooking): Promise<BookingView> {
  const made = await database().booking.create({ data: booking, select: SHOWN })
  return { ...made, date: isoDate(made.date) }
}

export async function findBooking(id: string): Promise<BookingView | undefined> {
  if (!isBookingId(id)) return undefined
  const found = await database().booking.findUnique({ where: { id }, select: SHOWN })
  return found ? { ...found, date: isoDate(found.date) } : undefined
}
