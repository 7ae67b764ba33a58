import type { Difference, LaneName } from '../../report/report.ts'
import { siteHeaders } from '../../resources/site-view.ts'
import type { Reply } from '../../visitor/reply.ts'
import { answered, short, type Found, type Visit } from './answer.ts'
import { mainUrl } from './main-answer.ts'

/**
 * The main answer carries each header of the site, with its value, once.
 * @param main the answer, as it was given just now
 */
export function checkHeaders(visit: Visit, lane: LaneName, main: Reply): Promise<Found> {
  const url = mainUrl(visit, lane)
  const wanted = siteHeaders(visit.tenant[lane]!.headers)
  return answered(
    visit,
    async (times) => (times === 1 ? main : visit.visitor.ask(url, visit.signal)),
    { attribute: new URL(url).pathname, expected: 'an answer with its headers' },
    (reply) => headerDifferences(reply, wanted)
  )
}

function headerDifferences(reply: Reply, wanted: { name: string; value: string }[]): Difference[] {
  return wanted.flatMap(({ name, value }) => {
    // HTTP takes away the blanks around a value.
    const expected = value.trim()
    const sent = reply.headers[name.toLowerCase()] ?? []
    if (sent.length === 1 && sent[0] === expected) return []
    const values = short(sent.join(' and '))
    const actual = sent.length > 1 ? `sent ${sent.length} times: ${values}` : sent.length === 1 ? values : 'missing'
    return [{ attribute: name, expected, actual }]
  })
}
