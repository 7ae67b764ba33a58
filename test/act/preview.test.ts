import { expect, test } from 'vitest'
import { comments, openHere, owner, repo } from '../github/world.ts'
import { hostListing } from '../world/host-state.ts'
import { pullRequestsOf, type PullRequests } from './pull-requests.ts'
import { runWorkflow, type RunOptions, type WorkflowRun } from './run.ts'
import { onStage, type Stage } from './stage.ts'

const SITE = 'test/otherbrand-site'
const PREVIEW = 'previews 1 of 1/preview tenants/otherbrand (marketing)'
const DEPLOY = 'rest 1 of 1/deploy tenants/otherbrand (marketing)'
const WELL = { plan: 'success', [PREVIEW]: 'success', comment: 'success' }

/**
 * What act cannot do, and no test here shows: a newer push that ends the run of an older one (`concurrency`), the
 * environments of tenants, with rules and secrets of their own, and `permissions`. That a fork's run has no secrets, and
 * may not write, the test itself sees to.
 */
onStage('preview.yml', (stage) => {
  test('a pull request has one comment, which a second push updates; what was reviewed is what ships', async () => {
    await using pulls = await pullRequestsOf(stage.github.origin)
    const { origin } = stage.github
    const before = await hostListing(stage.world)
    origin.clone.write(`${SITE}/autumn.html`, page('Autumn'))
    origin.push('A page', 'autumn')
    const number = await pulls.open('autumn')
    const first = await preview(stage, pulls, pulls.push(number, 'autumn'))
    expect([first.code, first.results, first.annotations], first.log).toEqual([0, WELL, []])
    const [comment, ...others] = await comments(number)
    expect(others).toEqual([])
    expect(comment).toContain('| 🔍 | <code>otherbrand</code> | marketing | 1 | 0 | 0 |')
    expect(comment).toContain('\n+ autumn.html\n')
    const known = await ids(number)

    origin.clone.write(`${SITE}/autumn.html`, page('Late autumn'))
    origin.clone.remove(`${SITE}/prices.html`)
    origin.push('Another title', 'autumn')
    const second = await preview(stage, pulls, pulls.push(number, 'autumn'))
    expect([second.code, second.results, second.annotations], second.log).toEqual([0, WELL, []])
    expect(await ids(number)).toEqual(known)
    const [updated] = await comments(number)
    expect(updated).toContain('| 🔍 | <code>otherbrand</code> | marketing | 1 | 0 | 1 |')
    expect(updated).toContain('\n- prices.html\n')
    expect(updated).toContain(origin.commitOf('autumn').slice(0, 12))
    expect(await hostListing(stage.world)).toBe(before)

    const shipped = await run(stage, pulls, 'deploy.yml', 'push', await pulls.merge(number))
    expect([shipped.code, shipped.results], shipped.log).toEqual([0, { plan: 'success', [DEPLOY]: 'success' }])
    expect(shipped.jobs[1]!.summary).toContain(`**Shipped what was reviewed in [#${number}](`)
  })

  test('a deploy says what came between the preview and the merge', async () => {
    await using pulls = await pullRequestsOf(stage.github.origin)
    const { origin } = stage.github
    origin.checkOut('main')
    origin.clone.write(`${SITE}/winter.html`, page('Winter'))
    origin.push('A page', 'winter')
    const number = await pulls.open('winter')
    const previewed = await preview(stage, pulls, pulls.push(number, 'winter'))
    expect([previewed.code, previewed.results], previewed.log).toEqual([0, WELL])

    origin.checkOut('main')
    origin.clone.write(`${SITE}/contact.html`, page('Contact'))
    origin.push('Another page')
    const shipped = await run(stage, pulls, 'deploy.yml', 'push', await pulls.merge(number))
    expect([shipped.code, shipped.results], shipped.log).toEqual([0, { plan: 'success', [DEPLOY]: 'success' }])
    expect(shipped.jobs[1]!.summary).toContain(`**What shipped is not what was reviewed in [#${number}](`)
    expect(shipped.jobs[1]!.summary).toContain(`<code>${SITE}/contact.html</code>`)
    expect(shipped.jobs[1]!.summary).not.toContain(`<code>${SITE}/winter.html</code>`)
  })

  test('a fork’s pull request has no comment: the job summary compares base and head', async () => {
    await using pulls = await pullRequestsOf(stage.github.origin)
    const { origin } = stage.github
    origin.checkOut('main')
    const before = await hostListing(stage.world)
    origin.clone.write(`${SITE}/spring.html`, page('Spring'))
    origin.push('A page', 'spring')
    const number = await pulls.open('spring')
    pulls.mayWrite = false
    const options = { ...pulls.push(number, 'spring', 'stranger/tenants'), secrets: {} }
    const ran = await preview(stage, pulls, options)
    expect([ran.code, ran.results, ran.annotations], ran.log).toEqual([0, WELL, []])
    expect(await comments(number)).toEqual([])
    const comment = ran.jobs.find(({ id }) => id === 'comment')!
    expect(comment.summary).toContain(
      '**This is a comparison with the base of the pull request, and not with what is live**'
    )
    expect(comment.summary).toContain('| 🔍 | <code>otherbrand</code> | marketing | 1 | 0 | 0 |')
    expect(comment.summary).toContain('\n+ spring.html\n')
    const why = 'there is no comment: a run from a fork or of Dependabot may only read; the job summary has it all'
    expect(comment.log).toContain(why)
    expect(await hostListing(stage.world)).toBe(before)
  })

  test('a preview that fails is in the comment as well', async () => {
    await using pulls = await pullRequestsOf(stage.github.origin)
    const { origin } = stage.github
    origin.checkOut('main')
    const manifest = 'tenants/yourbrand/tenant.yml'
    origin.clone.write(manifest, origin.clone.read(manifest).replace('tls: acme', 'tls: some'))
    origin.clone.write(`${SITE}/summer.html`, page('Summer'))
    origin.push('A page, and a fault', 'summer')
    const number = await pulls.open('summer')
    const ran = await preview(stage, pulls, pulls.push(number, 'summer'))
    // Of several jobs of one matrix, act counts which one it is.
    const jobs = {
      'previews 1 of 1/preview tenants/yourbrand (all)-1': 'failure',
      [`${PREVIEW}-2`]: 'success'
    }
    expect([ran.code, ran.results], ran.log).toEqual([1, { plan: 'success', ...jobs, comment: 'success' }])
    const [comment, ...others] = await comments(number)
    expect(others).toEqual([])
    expect(comment).toContain('| 🔍 | <code>otherbrand</code> | marketing | 1 | 0 | 0 |')
    expect(comment).toContain('| ❌ | <code>yourbrand</code> | all |')
    expect(comment).toContain('tenants/yourbrand/tenant.yml&#58;5&#58;6')
  })
})

const page = (title: string) => `<!doctype html><title>${title}</title>\n`

async function ids(issue_number: number): Promise<number[]> {
  const { data } = await openHere().rest.issues.listComments({ owner, repo, issue_number })
  return data.map(({ id }) => id)
}

function preview(stage: Stage, pulls: PullRequests, options: RunOptions): Promise<WorkflowRun> {
  return run(stage, pulls, 'preview.yml', 'pull_request', options)
}

function run(
  { github, secrets }: Stage,
  { api }: PullRequests,
  workflow: string,
  event: string,
  options: RunOptions
): Promise<WorkflowRun> {
  return runWorkflow({ ...github, api }, workflow, event, { secrets, ...options })
}
