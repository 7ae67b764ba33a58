import type { Finding, LaneName, LaneReport } from '../../src/report/report.ts'
import { onHost, restore, type OnHost } from '../world/on-host.ts'
import { useTinyApp } from '../world/tiny-app.ts'
import type { World } from '../world/world.ts'

export const tenant = 'otherbrand'

/** A lane of a tenant with a tiny app, and nothing of it on the host yet. */
export interface Bench extends AsyncDisposable {
  host: OnHost
  /** What the verb that only looks says of one resource. */
  finding(address: string): Promise<Finding>
  /** Ships the lane; it must end well and in sync. */
  converge(): Promise<LaneReport>
  /** The folder of the live release. */
  current: string
  /** Runs a few lines of sh on the host, in the live release, as the tenant. */
  tamper(script: string): Promise<void>
}

export async function bench(world: World, lane: LaneName): Promise<Bench> {
  useTinyApp(world.repository, tenant)
  const host = onHost(world, tenant)
  await host.forgetAll()
  const current = `${host.root}/${lane}/current`
  const run = async (words: string[]) => {
    const ran = await world.tenant([...words, '--json'])
    if (ran.code !== 0) throw new Error(`${words.join(' ')}: exit code ${ran.code}\n${ran.stdout}${ran.stderr}`)
    return ran.lane(lane)
  }
  return {
    host,
    current,
    async finding(address) {
      const report = await run(['deploy', tenant, lane, '--dry-run'])
      const found = report.findings.find((finding) => finding.address === address)
      if (found === undefined) throw new Error(`nothing was found out about ${address}`)
      return found
    },
    async converge() {
      const report = await run(['deploy', tenant, lane])
      const off = report.findings.filter(({ verdict }) => verdict !== 'in-sync')
      if (off.length > 0) throw new Error(`not in sync after a deploy: ${JSON.stringify(off)}`)
      return report
    },
    async tamper(script) {
      await host.must(['sudo', '-u', host.account, 'sh', '-ec', `cd "$1"\n${script}`, 'sh', current])
    },
    async [Symbol.asyncDispose]() {
      await host.forgetAll()
      restore(world)
    }
  }
}

/** What a deploy that had nothing to do says. */
export const nothingDone = {
  changed: false,
  files: { created: [], changed: [], deleted: [], bytes: 0 }
}
