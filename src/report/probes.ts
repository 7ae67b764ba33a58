import type { Probe } from './report.ts'

export interface RepeatedProbe extends Probe {
  /** `waiting`: no good answer yet, and a later one to the same address was good. */
  state: 'passed' | 'waiting' | 'failed'
  /** How often in a row this was the answer; `ms` is the last one's. */
  times: number
}

/** A process that starts refuses many times before it answers: the same answer in a row becomes one line. */
export function repeatedProbes(probes: Probe[]): RepeatedProbe[] {
  const answered = new Map<string, number>()
  for (const [at, probe] of probes.entries()) if (probe.ok) answered.set(probe.url, at)
  const lines: RepeatedProbe[] = []
  for (const [at, probe] of probes.entries()) {
    const state = probe.ok ? 'passed' : at < (answered.get(probe.url) ?? -1) ? 'waiting' : 'failed'
    const last = lines.at(-1)
    const same =
      last?.url === probe.url && last.status === probe.status && last.note === probe.note && last.state === state
    if (last !== undefined && same) Object.assign(last, { times: last.times + 1, ms: probe.ms })
    else lines.push({ ...probe, state, times: 1 })
  }
  return lines
}
