import { TenantError } from '../errors.ts'
import type { Tree } from '../facts/facts.ts'
import type { LaneName, Probe } from '../report/report.ts'
import { siteUrl } from '../resources/site-view.ts'
import { patiently, type Patience } from '../visitor/patience.ts'
import { releaseIn, sha256Of, type Reply } from '../visitor/reply.ts'
import { openVisitor, type Visitor } from '../visitor/visitor.ts'
import type { Recorder } from './recorder.ts'
import type { Shipment } from './shipment.ts'

const PATIENCE: Patience = { passing: [500, 500, 500], wrong: [500, 500, 500] }

/**
 * Asks what a visitor would ask, through DNS, TLS and nginx, and compares it with the release: an app must
 * answer with the release's id, a page and each known asset with the shipped content. An address that can't be
 * asked from here (no DNS entry yet, an unknown certificate) is a warning, an answer that is wrong is an error.
 */
export async function checkPublic(
  shipment: Shipment,
  recorder: Recorder,
  lane: LaneName,
  id: string,
  tree: Tree
): Promise<void> {
  using visitor = visitorOf(shipment, recorder)
  if (visitor === null) return
  for (const { path, expected } of questions(shipment, lane, id, tree)) {
    const { domain } = lane === 'app' ? shipment.tenant.app! : shipment.tenant.marketing!
    const url = new URL(path, siteUrl(shipment.host, domain)).href
    const { probe, reached } = await askUntil(url, visitor, shipment.signal, expected)
    recorder.report.probes.push(probe)
    if (probe.ok) continue
    if (!reached) {
      recorder.warn(`could not ask ${url} from here: ${probe.note}`)
      return
    }
    throw new TenantError('health', `${url} does not show the new release: ${probe.note}`, {
      where: url,
      remedy: 'look at the nginx site and at what else answers for this domain; the old release was put back'
    })
  }
}

/** The old release is not put back because this machine lacks a file. */
function visitorOf({ host }: Shipment, recorder: Recorder): Visitor | null {
  try {
    return openVisitor(host, { verify: true })
  } catch (thrown) {
    if (!(thrown instanceof TenantError)) throw thrown
    recorder.warn(`could not ask the public addresses from here: ${thrown.message}: ${thrown.where}`)
    return null
  }
}

type Expected = (page: Reply) => string | null

function questions(shipment: Shipment, lane: LaneName, id: string, tree: Tree): { path: string; expected: Expected }[] {
  const site = lane === 'app' ? shipment.tenant.app! : shipment.tenant.marketing!
  const content =
    (path: string): Expected =>
    (page) => {
      const shipped = tree[path]?.sha256
      if (page.status !== 200) return `status ${page.status}`
      return shipped === undefined || shipped === sha256Of(page) ? null : 'other content than was shipped'
    }
  const assets = site.assets.map((path) => ({
    path,
    expected: content(lane === 'app' ? `public${path}` : path.slice(1))
  }))
  const first =
    lane === 'app'
      ? {
          path: shipment.tenant.app!.health,
          expected: (page: Reply) =>
            page.status === 200 && releaseIn(page) === id
              ? null
              : `status ${page.status}, ${releaseIn(page) ?? 'which names no release'}`
        }
      : { path: '/', expected: content('index.html') }
  return [first, ...assets]
}

async function askUntil(
  url: string,
  visitor: Visitor,
  signal: AbortSignal,
  expected: Expected
): Promise<{ probe: Probe; reached: boolean }> {
  let ms = 0
  const answer = await patiently(
    async () => {
      const began = performance.now()
      try {
        return await visitor.ask(url, signal)
      } finally {
        ms = Math.round(performance.now() - began)
      }
    },
    (found) => (found instanceof Error ? 'passing' : expected(found) === null ? 'good' : 'wrong'),
    PATIENCE,
    signal
  )
  const reached = !(answer instanceof Error)
  const note = reached ? expected(answer) : answer.message
  const probe: Probe = {
    url,
    ms,
    ok: note === null,
    ...(reached ? { status: answer.status } : {}),
    ...(note === null ? {} : { note })
  }
  return { probe, reached }
}
