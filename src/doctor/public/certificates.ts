import type { Difference } from '../../report/report.ts'
import { DAY_MS, leastLeft } from '../../resources/isolation/issued.ts'
import type { Presented } from '../../visitor/certificate.ts'
import { patiently } from '../../visitor/patience.ts'
import { short, type Found, type Visit } from './answer.ts'

type Fault = Pick<Difference, 'expected' | 'actual'>

/** Each of these domains shows a certificate that is its own, trusted, and good for some time to come. */
export async function checkCertificates(visit: Visit, domains: string[]): Promise<Found> {
  const found = await Promise.all(
    domains.map(async (domain) => {
      const shown = await patiently(
        () => visit.visitor.certificate(domain, visit.signal),
        (answer) => (answer instanceof Error ? 'passing' : faultOf(answer, Date.now()) === null ? 'good' : 'wrong'),
        visit.patience,
        visit.signal
      )
      const fault =
        shown instanceof Error ? { expected: 'a certificate', actual: shown.message } : faultOf(shown, Date.now())
      return { domain, fault }
    })
  )
  return { differences: together(found) }
}

/** The one thing to say of a certificate: what makes it the wrong one goes before what is wrong with it. */
export function faultOf(shown: Presented, now: number): Fault | null {
  const { validFromMs, validToMs, distrust } = shown
  if (!shown.isForDomain)
    return {
      expected: 'a certificate for this domain',
      actual: `one for ${short(shown.names.join(', ')) || 'no domain'}`
    }
  if (validToMs <= now)
    return { expected: 'a valid certificate', actual: `it ran out ${span(now - validToMs)} ago, at ${at(validToMs)}` }
  if (validFromMs > now)
    return {
      expected: 'a valid certificate',
      actual: `it is valid in ${span(validFromMs - now)}, from ${at(validFromMs)}`
    }
  if (distrust !== null)
    return { expected: 'a certificate of a trusted authority', actual: WORDS[distrust] ?? distrust }
  const least = leastLeft(shown, false)
  if (validToMs - now >= least) return null
  return { expected: `valid for ${span(least)} more`, actual: `${span(validToMs - now)} left, until ${at(validToMs)}` }
}

/** https://docs.openssl.org/master/man1/openssl-verification-options/ */
const WORDS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not a trusted one',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known, or an intermediate certificate is missing',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known, or an intermediate certificate is missing',
  CERT_HAS_EXPIRED: 'a certificate of its authority ran out'
}

/** Whole days, or hours where these are few. */
function span(ms: number): string {
  const [days, hours] = [Math.floor(ms / DAY_MS), Math.floor((ms / DAY_MS) * 24)]
  if (days >= 2) return `${days} days`
  return hours === 1 ? '1 hour' : `${hours} hours`
}

const at = (ms: number) =>
  new Date(ms)
    .toISOString()
    .replace(/:\d\d\.\d+Z$/, ' UTC')
    .replace('T', ' ')

/** One certificate is mostly that of several domains. */
function together(found: { domain: string; fault: Fault | null }[]): Difference[] {
  const differences = new Map<string, Difference>()
  for (const { domain, fault } of found) {
    if (fault === null) continue
    const key = JSON.stringify(fault)
    const same = differences.get(key)
    differences.set(key, { ...fault, attribute: same === undefined ? domain : `${same.attribute}, ${domain}` })
  }
  return [...differences.values()]
}
