import Link from 'next/link'
import { notFound } from 'next/navigation'
import { findBooking } from '../../../lib/bookings'

export default async function Booking({ params }: { params: Promise<{ id: string }> }) {
  const booking = await findBooking((await params).id)
  if (!booking) notFound()
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(booking.date))
  return (
    <>
      <h1>Your table is booked</h1>
      <p className="lead">We look forward to seeing you.</p>
      <dl className="card">
        <dt>Name</dt>
        <dd>{booking.name}</dd>
        <dt>Date</dt>
        <dd>
          <time dateTime={booking.date}>{day}</time>
        </dd>
        <dt>Party size</dt>
        <dd>{booking.partySize}</dd>
        {booking.note && (
          <>
            <dt>Note</dt>
            <dd className="note">{booking.note}</dd>
          </>
        )}
        <dt>Reference</dt>
        <dd>
          <code>{booking.id}</code>
        </dd>
      </dl>
      <p>
        <Link href="/">Book another table</Link>
      </p>
    </>
  )
}
