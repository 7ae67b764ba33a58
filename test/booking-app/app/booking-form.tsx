'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import type { FormEvent } from 'react'

interface Props {
  earliest: string
  largestParty: number
}

interface Refusal {
  error: string
  fields?: Record<string, string>
}

/** A plain form that works without JavaScript too; with it, complaints appear beside their fields. */
export function BookingForm({ earliest, largestParty }: Props) {
  const router = useRouter()
  const [refusal, setRefusal] = useState<Refusal>()
  const [busy, setBusy] = useState(false)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    setBusy(true)
    setRefusal(undefined)
    try {
      const answer = await fetch('/api/bookings', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(new FormData(event.currentTarget)))
      })
      const body = await answer.json()
      if (answer.ok) router.push(`/bookings/${body.id}`)
      else setRefusal(body)
    } catch {
      setRefusal({ error: 'We could not be reached; please try again.' })
    } finally {
      setBusy(false)
    }
  }

  const complaint = (field: string) => refusal?.fields?.[field] && <em role="alert">{refusal.fields[field]}</em>

  return (
    <form method="post" action="/api/bookings" onSubmit={submit} className="card">
      <label>
        Name
        <input name="name" required maxLength={100} autoComplete="name" />
        {complaint('name')}
      </label>
      <label>
        Date
        <input name="date" type="date" required min={earliest} />
        {complaint('date')}
      </label>
      <label>
        Party size
        <input name="partySize" type="number" required min={1} max={largestParty} defaultValue={2} />
        {complaint('partySize')}
      </label>
      <label>
        Anything we should know? <small>(optional)</small>
        <textarea name="note" rows={3} maxLength={500} />
        {complaint('note')}
      </label>
      {refusal && <p role="alert">{refusal.error}</p>}
      <button disabled={busy}>{busy ? 'One moment…' : 'Book'}</button>
    </form>
  )
}
