import { cookies } from 'next/headers'
import Link from 'next/link'
import { earliestDate, isoDate, LARGEST_PARTY } from '../lib/booking'
import { brandName } from '../lib/brand'
import { readReceipt, RECEIPT_COOKIE } from '../lib/receipt'
import { BookingForm } from './booking-form'

export default async function Home() {
  const earlier = readReceipt((await cookies()).get(RECEIPT_COOKIE)?.value)
  return (
    <>
      <h1>Book a table</h1>
      <p className="lead">Tell {brandName()} when you are coming; you get a confirmation straight away.</p>
      {earlier && (
        <p className="notice">
          You have booked before: <Link href={`/bookings/${earlier}`}>see your booking</Link>.
        </p>
      )}
      <BookingForm earliest={isoDate(earliestDate(new Date()))} largestParty={LARGEST_PARTY} />
    </>
  )
}
