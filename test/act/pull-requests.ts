import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { address, mergePullRequest, openPullRequest } from '../github/emulated.ts'
import { pullRequestEvent } from '../unit/github/preview/event.ts'
import type { Origin } from './origin.ts'
import type { RunOptions } from './run.ts'

/** Pull requests whose commits are on the git server, and whose comments are on the emulated GitHub. */
export interface PullRequests extends AsyncDisposable {
  /** Where the API answers with the git server's commits: the emulated GitHub makes up its own. */
  api: string
  /** False for a run of a fork: its token may only read. */
  mayWrite: boolean
  /** Opens one from a branch that was pushed, and answers with its number. */
  open(branch: string): Promise<number>
  /** What a run is told that a push to its branch starts. @param from the repository that it comes from */
  push(number: number, branch: string, from?: string): RunOptions
  /** Merges it; what a run is told that this push to main starts. */
  merge(number: number): Promise<RunOptions>
}

export async function pullRequestsOf(origin: Origin): Promise<PullRequests> {
  /** What stands for each commit of the emulated GitHub; that of a branch moves with each push. */
  const real = new Map<string, () => string>()
  const server = createServer((request, response) => {
    void (async () => {
      response.setHeader('content-type', 'application/json')
      const { method = 'GET', url, headers } = request
      if (method !== 'GET' && !pulls.mayWrite)
        return response.writeHead(403).end('{ "message": "Resource not accessible by integration" }')
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const answer = await fetch(`${address}${url}`, {
        method,
        headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) })
      })
      const text = await answer.text()
      response.writeHead(answer.status).end(text.replaceAll(/\b[0-9a-f]{40}\b/g, (sha) => real.get(sha)?.() ?? sha))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const pulls: PullRequests = {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mayWrite: true,
    async open(branch) {
      const { number, head } = await openPullRequest(branch)
      real.set(head, () => origin.commitOf(`refs/pull/${number}/head`))
      return number
    },
    push(number, branch, from = origin.name) {
      origin.pullRequest(number, branch)
      const [head, base] = [origin.commitOf(`refs/pull/${number}/head`), origin.commitOf('main')]
      return {
        ref: `refs/pull/${number}/merge`,
        payload: pullRequestEvent({ number, head, base, from }) as Record<string, unknown>
      }
    },
    async merge(number) {
      const before = origin.commitOf('main')
      const after = origin.merge(number)
      real.set(await mergePullRequest(number), () => after)
      return { payload: { before, after, ref: 'refs/heads/main' } }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  return pulls
}
