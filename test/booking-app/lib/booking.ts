export interface NewBooking {
  name: string
  date: Date
  partySize: number
  note: string
}

export type FieldErrors = Partial<Record<keyof NewBooking, string>>

export type Parsed = { booking: NewBooking } | { errors: FieldErrors }

export const LARGEST_PARTY = 20
const LONGEST_NAME = 100
const LONGEST_NOTE = 500
const CONTROL_CHARACTER = /\p{Cc}/u
const CONTROL_CHARACTER_BUT_NEWLINE = /[^\P{Cc}\n\r]/u

/** Checks what a form or a JSON body sent; every field that is wrong gets its own message. */
export function parseBooking(input: Record<string, unknown>, now: Date): Parsed {
  const errors: FieldErrors = {}

  const name = typeof input.name === 'string' ? input.name.trim() : ''
  if (name === '') errors.name = 'Please tell us your name.'
  else if ([...name].length > LONGEST_NAME) errors.name = `At most ${LONGEST_NAME} characters, please.`
  else if (CONTROL_CHARACTER.test(name)) errors.name = 'One line of plain text, please.'

  const date = parseDate(input.date)
  if (!date) errors.date = 'Please choose a date, written as YYYY-MM-DD.'
  else if (date < earliestDate(now)) errors.date = 'That day has passed; please choose a later one.'

  const partySize = parseWhole(input.partySize)
  if (partySize === undefined || partySize < 1 || partySize > LARGEST_PARTY) {
    errors.partySize = `A whole number from 1 to ${LARGEST_PARTY}, please.`
  }

  const note = typeof input.note === 'string' ? input.note.trim() : ''
  if ([...note].length > LONGEST_NOTE) errors.note = `At most ${LONGEST_NOTE} characters, please.`
  else if (CONTROL_CHARACTER_BUT_NEWLINE.test(note)) errors.note = 'Plain text, please.'

  if (!date || partySize === undefined || Object.keys(errors).length > 0) return { errors }
  return { booking: { name, date, partySize, note } }
}

/** Yesterday in UTC: somewhere west of Greenwich it is still today. */
export function earliestDate(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - 1))
}

export function isoDate(date: Date): string {
  return date.toISOString().slice(0, 10)
}

export function isBookingId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
}

// Read back and compared, because Date turns 30 February into 2 March without a word.
function parseDate(value: unknown): Date | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return undefined
  const date = new Date(`${value}T00:00:00Z`)
  return Number.isNaN(date.getTime()) || isoDate(date) !== value ? undefined : date
}

function parseWhole(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined
  return typeof value === 'string' && /^\d{1,3}$/.test(value.trim()) ? Number(value) : undefined
}
