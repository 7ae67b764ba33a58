import { findBooking } from './bookings'
import { corsHeaders, isForeign } from './origin'

/** One booking as JSON; both addresses that a booking has in the API answer with this. */
export async function showBooking(request: Request, id: string): Promise<Response> {
  const headers = { ...corsHeaders(request), 'cache-control': 'no-store' }
  if (isForeign(request)) {
    return Response.json({ error: 'Bookings are not shown to this site.' }, { status: 403, headers })
  }
  try {
    const booking = await findBooking(id)
    if (booking) return Response.json(booking, { headers })
    return Response.json({ error: 'There is no such booking.' }, { status: 404, headers })
  } catch (error) {
    console.error('bookings: could not be read', error)
    return Response.json({ error: 'We could not look that up; please try again.' }, { status: 503, headers })
  }
}
