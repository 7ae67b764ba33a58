import type { Difference, LaneName } from '../../report/report.ts'
import { siteUrl } from '../../resources/site-view.ts'
import { releaseIn, sha256Of, type Reply } from '../../visitor/reply.ts'
import { answered, short, statusOf, type Answered, type Visit } from './answer.ts'
import type { LiveRelease } from './live.ts'

/** The address that speaks for a lane: the app's health, and the first page of a marketing site. */
export function mainUrl({ host, tenant }: Pick<Visit, 'host' | 'tenant'>, lane: LaneName): string {
  if (lane === 'marketing') return siteUrl(host, tenant.marketing!.domain)
  return new URL(tenant.app!.health, siteUrl(host, tenant.app!.domain)).href
}

/** Asks it, and holds the answer against the release that is live; against any release where that is not known. */
export function askMain(visit: Visit, lane: LaneName, live: LiveRelease | null): Promise<Answered> {
  const url = mainUrl(visit, lane)
  const { expected, actual } = lane === 'app' ? health(live) : firstPage(live)
  const attribute = new URL(url).pathname
  const judge = (reply: Reply): Difference[] => {
    const differs = reply.status === 200 ? actual(reply) : statusOf(reply)
    return differs === null ? [] : [{ attribute, expected, actual: differs }]
  }
  return answered(visit, () => visit.visitor.ask(url, visit.signal), { attribute, expected }, judge)
}

interface Expectation {
  expected: string
  /** What an answer with status 200 is instead; null where it is as expected. */
  actual: (reply: Reply) => string | null
}

function health(live: LiveRelease | null): Expectation {
  return {
    expected: live === null ? '200 from a release' : `200 from ${live.release}`,
    actual(reply) {
      const release = releaseIn(reply)
      if (release === undefined) return '200, and no release is named'
      return live === null || release === live.release ? null : `200 from ${short(release)}`
    }
  }
}

function firstPage(live: LiveRelease | null): Expectation {
  const onHost = live?.files['index.html']?.sha256
  if (onHost === undefined)
    return {
      expected: '200 with a page',
      actual(reply) {
        const type = reply.headers['content-type']?.[0] ?? 'content of no type'
        return type.toLowerCase().startsWith('text/html') ? null : `200 with ${short(type)}`
      }
    }
  return {
    expected: `200 with the first page of ${live!.release}`,
    actual: (reply) => (sha256Of(reply) === onHost ? null : '200 with other content')
  }
}
