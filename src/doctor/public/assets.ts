import type { LaneName } from '../../report/report.ts'
import { siteUrl } from '../../resources/site-view.ts'
import { MOST_BYTES } from '../../visitor/ask.ts'
import { sha256Of } from '../../visitor/reply.ts'
import { answered, statusOf, type Found, type Visit } from './answer.ts'
import type { LiveRelease } from './live.ts'

/** Each asset of the manifest answers 200 with the content that the file has on the host, where the live release has one. */
export async function checkAssets(visit: Visit, lane: LaneName, live: LiveRelease | null): Promise<Found> {
  const { domain, assets } = visit.tenant[lane]!
  const found = await Promise.all(
    assets.map((path) => {
      const url = new URL(path, siteUrl(visit.host, domain)).href
      const file = lane === 'app' ? `public${path}` : path.slice(1)
      const onHost = live !== null && Object.hasOwn(live.files, file) ? live.files[file] : undefined
      const isLarge = onHost !== undefined && onHost.bytes > MOST_BYTES
      const sha256 = isLarge ? undefined : onHost?.sha256
      const expected = {
        attribute: path,
        expected: sha256 === undefined ? 'status 200' : `200 with the content of ${live!.release}`
      }
      return answered(
        visit,
        () => visit.visitor.ask(url, visit.signal, isLarge ? { method: 'HEAD' } : {}),
        expected,
        (reply) => {
          if (reply.status !== 200) return [{ ...expected, actual: statusOf(reply) }]
          if (sha256 === undefined || sha256Of(reply) === sha256) return []
          return [{ ...expected, actual: '200 with other content' }]
        }
      ).then(({ differences }) => ({
        differences,
        unseen: isLarge ? [{ attribute: path, expected: 'its content', actual: 'too large to be compared' }] : []
      }))
    })
  )
  return { differences: found.flatMap((one) => one.differences), unseen: found.flatMap((one) => one.unseen) }
}
