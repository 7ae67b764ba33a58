import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Preview } from '../../src/report/preview-report.ts'
import { address, comments, openPullRequest, owner, repo } from '../github/emulated.ts'
import { pullRequestEvent } from '../unit/github/preview/event.ts'
import { credentials, runAction, type ActionRun } from './action.ts'
import type { World } from './world.ts'

/** What preview.yml does for a pull request that touches one tenant, by the committed action. */
export interface PullRequests extends Disposable {
  /** The job of the tenant; what it leaves goes into a folder of this name. */
  preview(name: string, inputs?: Record<string, string>): Promise<{ ran: ActionRun; left: Preview; file: string }>
  /** The last job, on a new pull request from a branch of this name: what it wrote. */
  comment(name: string, commit: string): Promise<{ ran: ActionRun; number: number; bodies: string[] }>
}

export function pullRequests(world: World, tenant: string): PullRequests {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-pull-requests-'))
  const given = credentials(world)
  const plan = JSON.stringify({
    rest: JSON.stringify({ include: [{ name: '1 of 1', jobs: { include: [{ tenant, lane: 'all' }] } }] })
  })
  return {
    async preview(name, inputs = {}) {
      const file = join(folder, name, `preview-${tenant}.json`)
      const ran = await runAction(
        world,
        { ...given, command: 'preview', tenant, preview: file, ...inputs },
        { env: onGithub({ GITHUB_EVENT_NAME: 'pull_request' }) }
      )
      return { ran, left: JSON.parse(readFileSync(file, 'utf8')) as Preview, file }
    },
    async comment(name, commit) {
      const { number, head } = await openPullRequest(name)
      const event = join(folder, `${name}.json`)
      writeFileSync(event, JSON.stringify(pullRequestEvent({ number, head })))
      const ran = await runAction(
        world,
        { command: 'preview-comment', previews: join(folder, name), planned: plan, 'github-token': 'robot' },
        { env: onGithub({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event, GITHUB_SHA: commit }) }
      )
      return { ran, number, bodies: await comments(number) }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true })
  }
}

/** What a runner's environment says of the emulated GitHub. */
export function onGithub(more: Record<string, string> = {}): Record<string, string> {
  return { GITHUB_API_URL: address, GITHUB_REPOSITORY: `${owner}/${repo}`, ...more }
}
