import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { brandName } from '../lib/brand'
import './globals.css'

// The brand is known only where the app is started, so no page may be rendered while it is built.
export const dynamic = 'force-dynamic'

export function generateMetadata(): Metadata {
  return { title: `Book a table · ${brandName()}`, description: `Book a table at ${brandName()}.` }
}

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header>
          <Link href="/">{brandName()}</Link>
          {process.env.MARKETING_ORIGIN && <a href={process.env.MARKETING_ORIGIN}>Our website</a>}
        </header>
        <main>{children}</main>
      </body>
    </html>
  )
}
