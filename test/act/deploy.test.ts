import { expect, test } from 'vitest'
import type { World } from '../world/world.ts'
import type { Job } from './log.ts'
import type { WorkflowRun } from './run.ts'
import { onStage, type Stage } from './stage.ts'

/**
 * What act cannot do, and no test here shows: queues (`concurrency`), the environments of tenants, with secrets of their
 * own, `permissions`, and the branches that `on` names. The emulated GitHub has no GraphQL, which counts failures, and
 * takes no dispatches: marketing.yml, which sends them with GitHub's command line, is not run.
 */
onStage('deploy.yml', (stage) => {
  const site = (tenant: string, text: string) =>
    stage.github.origin.clone.write(`test/${tenant}-site/autumn.html`, `<!doctype html><title>${text}</title>\n`)

  test('a push deploys the tenant that it touches, and nobody else', async () => {
    const before = await releases(stage.world)
    site('otherbrand', 'Autumn')
    const ran = await push(stage, 'A page')
    expect([ran.code, ran.results], ran.log).toEqual([
      0,
      { plan: 'success', [rest('otherbrand', 'marketing')]: 'success' }
    ])
    const [plan, deploy] = ran.jobs
    expect(plan!.summary).toContain('Plan: 1 of 2 tenants')
    expect(plan!.summary).toContain('the marketing site&#39;s source test/otherbrand-site')
    expect(plan!.summary).toContain('(<code>test/otherbrand-site/autumn.html</code>)')
    expect(plan!.summary).not.toContain('yourbrand')
    expect(deploy!.summary).toContain('+ autumn.html')
    await expectShipped(stage, before, 'otherbrand/marketing', deploy!)
    expect(await page(stage, 'otherbrand')).toContain('Autumn')
    // Without GraphQL nobody knows how many have failed; that is said, and stops nothing.
    expect(ran.annotations).toMatchObject([
      { kind: 'warning', message: expect.stringContaining('this one is deployed') }
    ])
  })

  test('a push that touches nobody deploys nobody', async () => {
    const before = await releases(stage.world)
    stage.github.origin.clone.write('docs/notes.md', 'For us\n')
    const ran = await push(stage, 'Notes')
    expect([ran.code, ran.results, ran.annotations], ran.log).toEqual([0, { plan: 'success' }, []])
    expect(ran.jobs[0]!.summary).toContain('Plan: nobody is deployed')
    expect(ran.jobs[0]!.summary).toContain('1 file changed; no tenant ships from there')
    expect(await releases(stage.world)).toEqual(before)
  })

  test('a marketing repository’s dispatch ships that lane alone, though the app has changed as well', async () => {
    const { clone } = stage.github.origin
    site('otherbrand', 'Winter')
    site('yourbrand', 'Winter')
    clone.write('test/tiny-app/page.html', '<!DOCTYPE html><title>Tiny</title><h1>Another tiny app</h1>\n')
    stage.github.origin.push('An app and two sites')
    const before = await releases(stage.world)
    const ran = await dispatch(stage, 'yourbrand')
    expect([ran.code, ran.results], ran.log).toEqual([
      0,
      { plan: 'success', [rest('yourbrand', 'marketing')]: 'success' }
    ])
    await expectShipped(stage, before, 'yourbrand/marketing', ran.jobs[1]!)
    expect(await page(stage, 'yourbrand')).toContain('Winter')
    expect(await page(stage, 'otherbrand')).toContain('Autumn')
  })

  test('a dispatch for a tenant that is not there is one clear error', async () => {
    const before = await releases(stage.world)
    const ran = await dispatch(stage, 'nobody')
    expect([ran.code, ran.results], ran.log).toEqual([1, { plan: 'failure' }])
    expect(ran.annotations).toMatchObject([
      { kind: 'error', message: expect.stringContaining('there is no tenant "nobody"') }
    ])
    expect(ran.log).not.toContain('    at ')
    expect(await releases(stage.world)).toEqual(before)
  })

  test('a tenant whose manifest has faults fails by itself, and the other one ships', async () => {
    const { clone } = stage.github.origin
    const file = 'tenants/yourbrand/tenant.yml'
    const manifest = clone.read(file)
    clone.write(file, manifest.replace('tls: acme', 'tls: some'))
    site('otherbrand', 'Spring')
    const before = await releases(stage.world)
    const ran = await push(stage, 'A fault, and a page')
    const failed = 'faulty 1 of 1/deploy tenants/yourbrand (all)'
    const results = { plan: 'success', [rest('otherbrand', 'marketing')]: 'success', [failed]: 'failure' }
    expect([ran.code, ran.results], ran.log).toEqual([1, results])
    expect(ran.jobs[0]!.summary).toContain('Plan: 2 of 2 tenants, 1 with faults in their manifests')
    const where = { file, line: '5', col: '6' }
    expect(ran.jobs[2]!.annotations).toMatchObject([
      { kind: 'error', message: expect.stringContaining('"some"'), at: where }
    ])
    expect(ran.jobs[2]!.summary).toContain('nothing was changed')
    await expectShipped(stage, before, 'otherbrand/marketing', ran.jobs[1]!)
    expect(await page(stage, 'otherbrand')).toContain('Spring')

    // What is live decides: its next deploy ships the app as well, which changed in a push that nobody deployed.
    clone.write(file, manifest)
    const mended = await push(stage, 'Whole again')
    expect([mended.code, mended.results], mended.log).toEqual([
      0,
      { plan: 'success', [rest('yourbrand', 'all')]: 'success' }
    ])
    expect((await stage.world.visit(stage.world.url('booking.yourbrand.test'))).text).toContain('Another tiny app')
  })

  test('a canary goes first, and where it fails nobody else is deployed', async () => {
    const { clone } = stage.github.origin
    const manifest = 'tenants/yourbrand/tenant.yml'
    const build = clone.read('test/tiny-app/build.mjs')
    clone.write(manifest, `${clone.read(manifest)}canary: true\n`)
    clone.write('test/tiny-app/build.mjs', "throw new Error('no such thing')\n")
    const before = await releases(stage.world)
    const ran = await push(stage, 'A canary, and an app that nobody can build')
    const canary = 'canary 1 of 1/deploy tenants/yourbrand (all)'
    expect([ran.code, ran.results], ran.log).toEqual([1, { plan: 'success', [canary]: 'failure' }])
    expect(ran.jobs[1]!.summary).toContain('no such thing')
    expect((await releases(stage.world))['otherbrand/app']).toEqual(before['otherbrand/app'])

    clone.write('test/tiny-app/build.mjs', `${build}\n`)
    const mended = await push(stage, 'An app that can be built')
    const waves = Object.entries(mended.results)
    const app = (wave: string, tenant: string) => [`${wave} 1 of 1/deploy tenants/${tenant} (app)`, 'success']
    const both = [app('canary', 'yourbrand'), app('rest', 'otherbrand')]
    expect([mended.code, waves], mended.log).toEqual([0, [['plan', 'success'], ...both]])
  })
})

const rest = (tenant: string, lane: string) => `rest 1 of 1/deploy tenants/${tenant} (${lane})`

/** Commits what was edited in the clone, and runs what GitHub runs for the push. */
function push({ github: { origin }, run }: Stage, message: string): Promise<WorkflowRun> {
  const before = origin.commitOf('main')
  const after = origin.push(message)
  return run('deploy.yml', 'push', { payload: { before, after, ref: 'refs/heads/main' } })
}

function dispatch({ run }: Stage, tenant: string): Promise<WorkflowRun> {
  return run('deploy.yml', 'repository_dispatch', {
    payload: { action: 'deploy-marketing', client_payload: { tenant } }
  })
}

/** A new release of one lane is live, by what its job says; of all others each release is as it was. */
async function expectShipped({ world }: Stage, before: Releases, lane: string, { outputs }: Job): Promise<void> {
  const after = await releases(world)
  expect({ ...after, [lane]: [] }).toEqual({ ...before, [lane]: [] })
  expect(before[lane]).not.toContain(outputs['release'])
  expect(after[lane]![0]).toBe(outputs['release'])
}

async function page({ world }: Stage, tenant: string): Promise<string> {
  return (await world.visit(world.url(`www.${tenant}.test`, '/autumn.html'))).text
}

/** Of each lane the live release and then all that are kept, as in `{ 'otherbrand/marketing': ['b', 'a', 'b'] }`. */
type Releases = Record<string, string[]>

async function releases({ exec }: World): Promise<Releases> {
  const script = `cd /srv/tenants; for lane in */marketing */app; do
    echo "$lane" "$(basename "$(readlink "$lane/current")")" $(ls "$lane/releases"); done`
  const { stdout } = await exec(['sh', '-ec', script])
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([lane, ...names]) => [lane!, names])
  )
}
