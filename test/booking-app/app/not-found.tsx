import Link from 'next/link'

export default function NotFound() {
  return (
    <>
      <h1>Not found</h1>
      <p className="lead">There is no such page or booking.</p>
      <p>
        <Link href="/">Book a table</Link>
      </p>
    </>
  )
}
