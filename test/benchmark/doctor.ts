import { parseArgs } from 'node:util'
import { makeFleet } from './fleet.ts'
import { look, watchedLook, type Look } from './looks.ts'

/**
 * What `tenant doctor` takes for one tenant and for all tenants of a host: time, connections, bytes and memory. It makes
 * the tenants first, which takes some seconds for each. It measures, and judges nothing: a machine may be busy.
 *
 *     npm run benchmark -- [TENANTS] [--at FOLDER] [--rounds N]
 *
 * With `--at` the host and its tenants are left standing, and the next run with that folder measures at once.
 */
const { values, positionals } = parseArgs({
  options: { at: { type: 'string' }, rounds: { type: 'string', default: '5' } },
  allowPositionals: true
})
const tenants = wholeNumber('TENANTS', positionals[0] ?? '100')
const rounds = wholeNumber('--rounds', values.rounds)

await using fleet = await makeFleet({ tenants, ...(values.at === undefined ? {} : { at: values.at }), say })
const { world } = fleet
const one = { name: `doctor ${fleet.names[0]}`, words: ['doctor', fleet.names[0]!], looks: [] as Look[] }
const all = { name: `doctor --all (${tenants} tenants)`, words: ['doctor', '--all'], looks: [] as Look[] }

// What is read for the first time is slow, on the host as here.
await look(world, all.words)
for (let round = 1; round <= rounds; round++) {
  // In turn, so that whatever else the machine does slows both alike.
  for (const each of [one, all]) {
    const taken = await look(world, each.words)
    each.looks.push(taken)
    say(`${round} of ${rounds}: ${each.name} took ${seconds(taken.ms)}`)
  }
}
const rows = [['', 'median', 'least', 'CPU here', 'memory here', 'on the host', 'connections', 'sent', 'received']]
for (const { name, words, looks } of [one, all]) {
  const { connections, sent, received, collectorBytes } = await watchedLook(world, words)
  rows.push([
    name,
    seconds(median(looks.map(({ ms }) => ms))),
    seconds(Math.min(...looks.map(({ ms }) => ms))),
    seconds(median(looks.map(({ cpuMs }) => cpuMs))),
    megabytes(Math.max(...looks.map(({ bytes }) => bytes))),
    megabytes(collectorBytes),
    String(connections),
    kilobytes(sent),
    kilobytes(received)
  ])
}
const ratio = median(all.looks.map(({ ms }) => ms)) / median(one.looks.map(({ ms }) => ms))
process.stdout.write(`${table(rows)}\n${tenants} tenants take ${ratio.toFixed(2)} times what one takes\n`)

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: string[]) =>
    row.map((text, at) => (at === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[at]!)))
  return rows.map((row) => line(row).join('  ')).join('\n')
}

function wholeNumber(what: string, text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new Error(`${what} is a number from 1 to 999, not ${JSON.stringify(text)}`)
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
