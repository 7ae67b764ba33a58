import type { Difference } from '../../report/report.ts'
import { siteUrl } from '../../resources/site-view.ts'
import type { Reply } from '../../visitor/reply.ts'
import { answered, short, statusOf, type Found, type Visit } from './answer.ts'

/**
 * A browser that shows the marketing site lets the widget call the app: the question that it asks before it posts, and an
 * answer that it lets the page read (https://fetch.spec.whatwg.org/#http-cors-protocol). Nothing is ever posted.
 */
export async function checkCors(visit: Visit, api: string): Promise<Found> {
  const { host, tenant } = visit
  const { origin } = new URL(siteUrl(host, tenant.marketing!.domain))
  const url = new URL(api, siteUrl(host, tenant.app!.domain)).href
  const preflight = await answered(
    visit,
    () =>
      visit.visitor.ask(url, visit.signal, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type'
        }
      }),
    { attribute: `OPTIONS ${api}`, expected: 'an ok status' },
    (reply) => preflightDifferences(reply, `OPTIONS ${api}`, origin)
  )
  // Who is not let in there is not let in here either, and that is one fault.
  if (preflight.reply === null || !isOk(preflight.reply) || originDifferences(preflight.reply, '', origin).length > 0)
    return preflight
  const read = await answered(
    visit,
    () => visit.visitor.ask(url, visit.signal, { headers: { origin } }),
    { attribute: `GET ${api}`, expected: 'an answer' },
    (reply) => {
      // An API that knows no GET has no answer that a page would read.
      if (reply.status === 405) return []
      const differences = originDifferences(reply, `GET ${api}`, origin)
      return differences.length > 0 ? differences : varies(reply, `GET ${api}`)
    }
  )
  return { differences: [...preflight.differences, ...read.differences] }
}

const ALLOW_ORIGIN = 'Access-Control-Allow-Origin'

function preflightDifferences(reply: Reply, question: string, origin: string): Difference[] {
  if (!isOk(reply)) return [{ attribute: question, expected: 'an ok status', actual: statusOf(reply) }]
  const refused = originDifferences(reply, question, origin)
  if (refused.length > 0) return refused
  // A browser sends POST whatever the answer says of methods (https://fetch.spec.whatwg.org/#cors-safelisted-method).
  return allows(reply, 'Access-Control-Allow-Headers', 'content-type')
}

const isOk = ({ status }: Reply) => status >= 200 && status <= 299

function originDifferences(reply: Reply, question: string, origin: string): Difference[] {
  const sent = reply.headers[ALLOW_ORIGIN.toLowerCase()] ?? []
  if (sent.length === 1 && (sent[0] === origin || sent[0] === '*')) return []
  return [
    { attribute: `${ALLOW_ORIGIN} of ${question}`, expected: origin, actual: short(sent.join(' and ')) || 'missing' }
  ]
}

function allows(reply: Reply, name: string, wanted: string): Difference[] {
  const values = listIn(reply, name)
  if (values.some((value) => value === '*' || value.toLowerCase() === wanted.toLowerCase())) return []
  return [{ attribute: name, expected: wanted, actual: short(values.join(', ')) || 'missing' }]
}

/** Of a GET alone: nothing keeps the answer to OPTIONS (https://www.rfc-editor.org/rfc/rfc9110#name-options). */
function varies(reply: Reply, question: string): Difference[] {
  if (reply.headers[ALLOW_ORIGIN.toLowerCase()]?.[0] === '*') return []
  const values = listIn(reply, 'Vary')
  if (values.some((value) => value === '*' || value.toLowerCase() === 'origin')) return []
  return [{ attribute: `Vary of ${question}`, expected: 'Origin', actual: short(values.join(', ')) || 'missing' }]
}

function listIn(reply: Reply, name: string): string[] {
  const values = (reply.headers[name.toLowerCase()] ?? []).flatMap((value) => value.split(','))
  return values.map((value) => value.trim()).filter((value) => value !== '')
}
