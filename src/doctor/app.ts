import type { Inspection } from '../resources/inspect.ts'
import { envChanges } from '../resources/environment.ts'
import { appEnvironment, databaseAddress } from '../resources/desired-state.ts'
import { filesResource } from '../resources/files.ts'
import { migrationsResource } from '../resources/migrations.ts'
import { processResource } from '../resources/process.ts'
import { appAsMade, type ReleaseRecord } from '../resources/record.ts'
import type { Resource } from '../resources/resource.ts'
import type { Finding } from '../report/report.ts'
import { divide, judgeRelease, judgeSite, partition, type LaneJudgement, type Seen } from './lane.ts'
import { shippedMigrations } from './shipped.ts'
import type { Subject } from './subject.ts'

/** The app lane as root and as the tenant's account have seen it. */
export function judgeApp(subject: Subject, seen: Seen): LaneJudgement {
  const app = subject.app!
  const judgement = judgeRelease(seen, app.release, app.files)
  if (judgement.live === null) return judgement
  const { record } = judgement.live
  const { own } = seen
  const shipped = filesResource(subject.layout, 'app', record.files, null)
  divide(judgement, own.judge(app.files, shipped), own.finding(app.files))
  if (subject.absent.length === 0) {
    judgeEnvironment(subject, judgement, own, record)
    judgeMigrations(subject, judgement, own, record)
  }
  judgement.findings.push(...notInSync(own.finding(app.process)))
  judgeSite(judgement, seen, app.site, app.shippedSite)
  return judgement
}

/** The live release listens elsewhere than the manifest says by now: its process has to be asked as it was made. */
export function processAsMade(subject: Subject, { live }: LaneJudgement): Resource | null {
  const app = subject.desire.tenant.app!
  const { ports, health } = live?.record.recipe ?? {}
  if ((ports ?? app.ports.join(' ')) === app.ports.join(' ') && (health ?? app.health) === app.health) return null
  return processResource(
    subject.layout,
    appAsMade(app, live!.record.recipe),
    Object.keys(appEnvironment(subject.desire))
  ) as unknown as Resource
}

/** Whose file it is and who may read it are the host's doing; so is its content, where it is not as it was shipped. */
function judgeEnvironment(
  subject: Subject,
  judgement: LaneJudgement,
  own: Inspection,
  { environment }: ReleaseRecord
): void {
  const resource = subject.app!.environment
  const finding = own.finding(resource)
  if (finding.verdict !== 'drifted') return void judgement.findings.push(...notInSync(finding))
  const { file } = own.facts(resource)
  const { added, changed, removed } = envChanges(appEnvironment(subject.desire), file)
  const names = [...added, ...changed, ...removed]
  const [content, rights] = partition(finding.differences, ({ attribute }) => names.includes(attribute))
  const isAsShipped = environment !== undefined && file.sha256 === environment
  if (isAsShipped) judgement.pending.push(...content)
  const differences = isAsShipped ? rights : [...content, ...rights]
  if (differences.length > 0) judgement.findings.push({ ...finding, differences })
}

/** The database is held to the migrations of the live release; what a newer source brings waits for its deploy. */
function judgeMigrations(subject: Subject, judgement: LaneJudgement, own: Inspection, record: ReleaseRecord): void {
  const { migrations, shipping } = subject.app!
  const shipped = shippedMigrations(subject.desire.tenant.app!, record)
  const names = new Set(shipped.map(({ name }) => name))
  const newer = shipping.migrations.filter(({ name }) => !names.has(name))
  const both = migrationsResource(databaseAddress(subject.desire), [...shipped, ...newer])
  const finding = own.judge(migrations, both)
  const waits = (name: string) => newer.some((each) => each.name === name)
  const [pending, differences] = partition(
    finding.differences,
    ({ attribute, actual }) => actual === 'pending' && waits(attribute)
  )
  judgement.pending.push(...pending)
  if (finding.verdict === 'unknown' || differences.length > 0) judgement.findings.push({ ...finding, differences })
}

function notInSync(finding: Finding): Finding[] {
  return finding.verdict === 'in-sync' ? [] : [finding]
}
