import { parseBooking } from '../../../lib/booking'
import { createBooking } from '../../../lib/bookings'
import { corsHeaders, isForeign, preflight } from '../../../lib/origin'
import { readBody } from '../../../lib/body'
import { receiptCookie } from '../../../lib/receipt'
import { showBooking } from '../../../lib/show-booking'

export const dynamic = 'force-dynamic'

export const OPTIONS = preflight

export async function GET(request: Request): Promise<Response> {
  return showBooking(request, new URL(request.url).searchParams.get('id') ?? '')
}

/** Takes a booking. A form is sent on to the booking's page, a program gets the booking as JSON. */
export async function POST(request: Request): Promise<Response> {
  const headers = corsHeaders(request)
  if (isForeign(request)) {
    return Response.json({ error: 'Bookings are not taken from this site.' }, { status: 403, headers })
  }

  const body = await readBody(request)
  if ('error' in body) return Response.json({ error: body.error }, { status: body.status, headers })

  const parsed = parseBooking(body.fields, new Date())
  if ('errors' in parsed) {
    return Response.json({ error: 'Please check your booking.', fields: parsed.errors }, { status: 400, headers })
  }

  try {
    const booking = await createBooking(parsed.booking)
    const made = { ...headers, location: `/bookings/${booking.id}`, 'set-cookie': receiptCookie(booking.id) }
    if (body.form) return new Response(null, { status: 303, headers: made })
    return Response.json(booking, { status: 201, headers: made })
  } catch (error) {
    console.error('bookings: could not be taken', error)
    return Response.json({ error: 'We could not take your booking; please try again.' }, { status: 503, headers })
  }
}
