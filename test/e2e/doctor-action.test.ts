import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { address, comments, issues, onGitHub, openHere, owner, repo } from '../github/world.ts'
import { commentEvent } from '../unit/github/commands/event.ts'
import { credentials, runAction, type ActionRun } from '../world/action.ts'
import { onHost, restore } from '../world/on-host.ts'
import { tinyTenant, TINY } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const tenant = onHost(world, TINY)
const logo = '/srv/tenants/otherbrand/marketing/current/assets/logo.svg'
const folder = mkdtempSync(join(tmpdir(), 'doctor-action-'))
const nights = join(folder, 'nights.json')

// GitHub forgets everything from one test to the next, and so all that happens to one issue is one test.
onGitHub()

const step = (inputs: Record<string, string>, env: Record<string, string> = {}): Promise<ActionRun> =>
  runAction(
    world,
    { ...credentials(world), 'github-token': 'robot', ...inputs },
    { env: { GITHUB_API_URL: address, GITHUB_REPOSITORY: `${owner}/${repo}`, ...env } }
  )
const night = (more: Record<string, string> = {}) =>
  step({ command: 'doctor', tenant: TINY, issues: 'true', nights, ...more })

/** As the workflow does it: one step reads the comment, and the next does what it asks for. */
async function comment(text: string, login: string): Promise<ActionRun> {
  const file = join(folder, 'event.json')
  const [issue] = await issues()
  writeFileSync(file, JSON.stringify(commentEvent(text, { login, issueBody: issue!.body })))
  return step({ command: 'comment' }, { GITHUB_EVENT_PATH: file, GITHUB_EVENT_NAME: 'issue_comment' })
}

beforeAll(async () => {
  const tiny = tinyTenant(world)
  tiny.manifest((text) => text)
  world.repository.write('.github/on-call.yml', 'fixed: [alice]\n')
  await tenant.forgetAll()
  const { code, stdout, stderr } = await world.tenant(['deploy', TINY, 'all'])
  if (code !== 0) throw new Error(`${stdout}${stderr}`)
})

afterAll(() => {
  rmSync(folder, { recursive: true })
  restore(world)
})

test('nights: nothing to say, drift, the same, repaired by a comment, in sync', async () => {
  const calm = await night()
  expect([calm.code, calm.stderr, calm.outputs['drifted'], await issues()]).toEqual([0, '', '[]', []])
  expect(calm.summary).toContain(TINY)

  await world.exec(['sh', '-c', 'echo "<!-- by hand -->" >>"$1"', 'sh', logo])
  const drifted = await night()
  // The issue tells it, and the job is not red besides.
  expect([drifted.code, drifted.outputs['drifted']]).toEqual([0, `["${TINY}"]`])
  expect(drifted.summary).toMatch(/### Issues[^]*\[#1\]/)
  const [issue, ...others] = await issues()
  expect(others).toEqual([])
  expect(issue).toMatchObject({ number: 1, state: 'open', labels: ['drift'], assignees: ['alice'] })
  expect(issue!.body).toContain('marketing.files')
  expect(issue!.body).toContain(`tenant deploy ${TINY} marketing`)
  expect(issue!.body).toContain(`https://github.com/${owner}/${repo}/actions/runs/1234567890`)

  expect((await night()).code).toBe(0)
  expect([(await issues()).length, await comments(1)]).toEqual([1, []])

  for (const login of ['alice', 'erin']) {
    const permission = login === 'alice' ? 'push' : 'pull'
    await openHere().rest.repos.addCollaborator({ owner, repo, username: login, permission })
  }
  for (const [text, login] of [
    ['/tenant deploy', 'erin'],
    ['could somebody /tenant deploy', 'alice']
  ] as const) {
    const ignored = await comment(text, login)
    expect([ignored.code, ignored.outputs['command'], ignored.outputs['answer']]).toEqual([0, '', ''])
  }
  const taken = await comment('/tenant deploy marketing', 'alice')
  expect(taken.outputs).toMatchObject({ command: 'deploy', tenant: TINY, lane: 'marketing', host: '' })
  const { tenant: name, lane, answer } = taken.outputs as Record<string, string>
  const deployed = await step({ tenant: name!, lane: lane!, answer: answer! })
  expect(deployed.code).toBe(0)
  expect(await comments(1)).toEqual([expect.stringMatching(/^✅ .*\/tenant deploy marketing.* asked for by .*alice/)])

  const asked = await comment('/tenant doctor', 'alice')
  const looked = await step({
    command: 'doctor',
    tenant: asked.outputs['tenant']!,
    issues: 'true',
    answer: asked.outputs['answer']!
  })
  expect(looked.code).toBe(0)
  expect((await issues())[0]).toMatchObject({ state: 'closed', state_reason: 'completed' })
  expect((await comments(1)).length).toBe(3)
})

test('what can not be looked at is an issue on the second night, and closes none', async () => {
  const unreachable = () => step({ command: 'doctor', tenant: TINY, issues: 'true', nights, 'ssh-key': wrongKey })
  const wrongKey = readFileSync(world.host.key_file, 'utf8').replace(/\n[^\n]{60,}\n/, '\n')
  const first = await unreachable()
  expect([first.code, await issues()]).toEqual([0, []])
  const memory = readFileSync(nights, 'utf8')
  // The night before.
  writeFileSync(
    nights,
    memory.replaceAll(/\d{4}-\d\d-\d\d/g, new Date(Date.now() - 86_400_000).toISOString().slice(0, 10))
  )
  expect((await unreachable()).code).toBe(0)
  const [issue, ...others] = await issues()
  expect(others).toEqual([])
  expect(issue).toMatchObject({ state: 'open', labels: ['unreachable'] })
  expect(issue!.body).toContain('sandbox')
  await night()
  expect((await issues())[0]).toMatchObject({ state: 'closed' })
})

test('without issues the step is red where something drifts', async () => {
  const { code, annotations } = await step({ command: 'doctor', tenant: TINY, 'dry-run': 'true' })
  expect([code, annotations.length]).toEqual([64, 1])
  await world.exec(['rm', logo])
  const red = await step({ command: 'doctor', tenant: TINY })
  expect([red.code, red.annotations.length]).toEqual([1, 1])
  expect(red.annotations[0]).toMatch(/^::warning .*marketing\.files/)
  expect(await issues()).toEqual([])
})

test('the plan puts the tenants of a host into one job', async () => {
  const { code, outputs } = await step({ command: 'doctor-plan' })
  expect(code).toBe(0)
  expect(JSON.parse(outputs['matrix']!)).toEqual({
    include: [{ name: 'sandbox', hosts: 'sandbox', 'runs-on': 'ubuntu-latest' }]
  })
})
