import type { Health } from './doctor-report.ts'
import { membersOf } from './doctor-subjects.ts'
import type { HostGroup, Subject } from './doctor-subjects.ts'
import { shortName } from './doctor-terminal-finding.ts'
import { healthWords } from './doctor-words.ts'
import { pad, width } from './columns.ts'
import { count, duration, number } from './format.ts'
import type { Paint } from './paint.ts'
import { nameList } from './words.ts'

// More of those that are in sync are counted, not listed.
const listedInSync = 20

interface Row {
  health: Health
  name: string
  /** Whether it stands below its host. */
  inner: boolean
  text: string
}

export function sign(health: Health, ink: Paint): string {
  return { 'in-sync': ink.green('✓'), drifted: ink.yellow('⚠'), unknown: ink.cyan('?') }[health]
}

/** Everything that was looked at, in a line each; of many that are in sync only how many they are. */
export function listLines(groups: HostGroup[], ink: Paint): string[] {
  const rows = rowsOf(groups, ink)
  const names = Math.max(...rows.map(({ name, inner }) => width(name) + (inner ? 2 : 0)))
  return rows.map(({ health, name, inner, text }) => {
    const padded = pad(name, names - (inner ? 2 : 0))
    return `${inner ? '  ' : ''}${sign(health, ink)} ${inner ? padded : ink.bold(padded)}  ${text}`
  })
}

function rowsOf(groups: HostGroup[], ink: Paint): Row[] {
  const calm = groups.filter(isCalm)
  const foldsHosts = calm.length > listedInSync
  const shown = foldsHosts ? groups.filter((group) => !isCalm(group)) : groups
  const foldsTenants = inSync(shown.flatMap(({ tenants }) => tenants)).length > listedInSync
  const rows = shown.flatMap(({ own, tenants }) => [
    ...(own === null ? [] : [row(own, ink)]),
    ...tenants.filter(({ health }) => !foldsTenants || health !== 'in-sync').map((tenant) => row(tenant, ink)),
    ...(foldsTenants ? folded(inSync(tenants), 'tenant', true) : [])
  ])
  if (!foldsHosts) return rows
  const tenants = calm.flatMap((group) => group.tenants)
  const hosts = calm.flatMap(({ own }) => (own === null ? [] : [own]))
  return [...rows, ...folded(hosts, 'host', false), ...folded(tenants, 'tenant', false)]
}

function isCalm(group: HostGroup): boolean {
  return membersOf(group).every(({ health }) => health === 'in-sync')
}

function inSync(subjects: Subject[]): Subject[] {
  return subjects.filter(({ health }) => health === 'in-sync')
}

function folded(subjects: Subject[], one: string, inner: boolean): Row[] {
  if (subjects.length === 0) return []
  const checked = subjects.reduce((sum, subject) => sum + subject.checked, 0)
  const text = `${healthWords['in-sync']}  ${number(checked)} checked`
  return [{ health: 'in-sync', name: count(subjects.length, one), inner, text }]
}

function row({ tenant, host, health, checked, ms, findings, because }: Subject, ink: Paint): Row {
  const parts = [`${number(checked)} checked`]
  if (findings.length > 0) parts.push(count(findings.length, 'finding'))
  const reasons = because.map((finding) => finding.address)
  if (health !== 'in-sync' && reasons.length > 0) parts.push(`because of ${nameList(reasons, shortName)}`)
  const time = ms === null ? '' : `  ${ink.dim(duration(ms))}`
  return {
    health,
    name: shortName(tenant ?? host),
    inner: tenant !== null,
    text: `${pad(healthWords[health], 7)}  ${parts.join(', ')}${time}`
  }
}
