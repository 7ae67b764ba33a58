import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { TenantError } from '../errors.ts'
import type { Tree } from '../facts/facts.ts'
import type { LaneName, Probe } from '../report/report.ts'
import { siteUrl } from '../resources/site-view.ts'
import { ask, ANSWER_MS, whyNoAnswer, type Page } from '../visitor/ask.ts'
import type { Recorder } from './recorder.ts'
import type { Shipment } from './shipment.ts'

const TRIES = 4
const TRY_AGAIN_MS = 500

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
  for (const { path, expected } of questions(shipment, lane, id, tree)) {
    const { domain } = lane === 'app' ? shipment.tenant.app! : shipment.tenant.marketing!
    const url = new URL(path, siteUrl(shipment.host, domain)).href
    const { probe, reached } = await askUntil(url, shipment, expected)
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

type Expected = (page: Page) => string | null

function questions(shipment: Shipment, lane: LaneName, id: string, tree: Tree): { path: string; expected: Expected }[] {
  const site = lane === 'app' ? shipment.tenant.app! : shipment.tenant.marketing!
  const content =
    (path: string): Expected =>
    (page) => {
      const shipped = tree[path]?.sha256
      if (page.status !== 200) return `status ${page.status}`
      return shipped === undefined || shipped === createHash('sha256').update(page.body).digest('hex')
        ? null
        : 'other content than was shipped'
    }
  const assets = site.assets.map((path) => ({
    path,
    expected: content(lane === 'app' ? `public${path}` : path.slice(1))
  }))
  const first =
    lane === 'app'
      ? {
          path: shipment.tenant.app!.health,
          expected: (page: Page) =>
            page.status === 200 && releaseOf(page) === id
              ? null
              : `status ${page.status}, ${releaseOf(page) ?? 'which names no release'}`
        }
      : { path: '/', expected: content('index.html') }
  return [first, ...assets]
}

function releaseOf(page: Page): string | undefined {
  try {
    const body = JSON.parse(page.body.toString('utf8')) as { release?: unknown }
    return typeof body.release === 'string' ? body.release : undefined
  } catch {
    // A default page is not JSON, and names no release.
    return undefined
  }
}

async function askUntil(
  url: string,
  { host, signal }: Shipment,
  expected: Expected
): Promise<{ probe: Probe; reached: boolean }> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted()
    const began = performance.now()
    const answer = await ask(url, host, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])).catch(
      (thrown: NodeJS.ErrnoException) => thrown
    )
    const ms = Math.round(performance.now() - began)
    const reached = !(answer instanceof Error)
    const note = reached ? expected(answer) : whyNoAnswer(answer)
    const probe: Probe = {
      url,
      ms,
      ok: note === null,
      ...(reached ? { status: answer.status } : {}),
      ...(note === null ? {} : { note })
    }
    if (probe.ok || tries === TRIES) return { probe, reached }
    await sleep(TRY_AGAIN_MS)
  }
}
