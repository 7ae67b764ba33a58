import { expect, test } from 'vitest'
import type { Api } from '../../src/github/api.ts'
import type { KeepOptions } from '../../src/github/drift/keep.ts'
import { nextNights } from '../../src/github/drift/nights.ts'
import type { NightMemory } from '../../src/github/drift/nights.ts'
import type { IssueOutcome } from '../../src/github/drift/outcome.ts'
import type { DoctorReport } from '../../src/report/doctor-report.ts'
import { doctorReport, finding, hostFinding, hostOf, noAnswer, tenantOf } from '../unit/github/drift/sample.ts'
import { comments, issues, keepHere, onGitHub, openHere, owner, repo } from './world.ts'

onGitHub()

const dayMs = 24 * 60 * 60_000

// The emulated GitHub says by its own clock when an issue was closed.
const today = new Date()
const daysOn = (days: number) => new Date(today.getTime() + days * dayMs)

function keep(
  report: DoctorReport,
  changes: Partial<KeepOptions> = {},
  api: Api = openHere()
): Promise<IssueOutcome[]> {
  const runUrl = 'https://github.com/acme/tenants/actions/runs/7'
  return keepHere(report, { onCall: ['alice'], now: today, runUrl, ...changes }, api)
}

const actions = (outcomes: IssueOutcome[]) => outcomes.map(({ action, number }) => [action, number])

const drifted = doctorReport([finding({ diff: '-server_tokens off;\n+server_tokens on;' })])
const inSync = doctorReport()

test('an issue is opened, labelled and assigned', async () => {
  const outcomes = await keep(drifted)
  expect(outcomes).toEqual([
    {
      action: 'created',
      topic: 'drift',
      tenant: 'yourbrand',
      host: 'web-1',
      number: 1,
      url: expect.stringMatching(/\/acme\/tenants\/issues\/1$/),
      note: null,
      warnings: []
    }
  ])
  const [issue] = await issues()
  expect(issue).toMatchObject({ title: 'Drift: yourbrand', state: 'open', labels: ['drift'], assignees: ['alice'] })
  for (const part of [
    '<code>0640</code>, found <code>0644</code>',
    '<code>tenant deploy yourbrand app</code>',
    '<details><summary>The difference</summary>',
    '-server_tokens off;\n+server_tokens on;',
    `last seen ${today.toISOString().slice(0, 10)}`,
    '[workflow run](https://github.com/acme/tenants/actions/runs/7)'
  ])
    expect(issue?.body).toContain(part)
  expect(await comments(1)).toEqual([])
})

test('the label is made with a colour and a description, or used as it is', async () => {
  const api = openHere()
  await keep(drifted)
  const made = await api.rest.issues.getLabel({ owner, repo, name: 'drift' })
  expect(made.data).toMatchObject({ color: 'd93f0b', description: expect.stringContaining('What is live') })
  await api.rest.issues.updateLabel({ owner, repo, name: 'drift', color: '000000' })
  await keep(doctorReport([finding({ tenant: 'otherbrand' })], { tenants: [tenantOf('otherbrand', 'drifted')] }))
  const kept = await api.rest.issues.getLabel({ owner, repo, name: 'drift' })
  expect(kept.data.color).toBe('000000')
  expect(await issues()).toHaveLength(2)
})

test('the same findings are no news, also where numbers count down', async () => {
  const expiring = (days: number) =>
    doctorReport([
      finding({
        address: 'certificate',
        differences: [{ attribute: 'left', expected: 'at least 30 days', actual: `${days} days left` }]
      })
    ])
  await keep(expiring(12))
  expect(actions(await keep(expiring(12)))).toEqual([['unchanged', 1]])
  expect(actions(await keep(expiring(9), { now: daysOn(1) }))).toEqual([['updated', 1]])
  const [issue] = await issues()
  expect(issue?.body).toContain(`last seen ${daysOn(1).toISOString().slice(0, 10)}`)
  expect(issue?.body).toContain(`Since ${today.toISOString().slice(0, 10)}`)
  expect(issue?.body).toContain('<code>9 days left</code>')
  expect(await comments(1)).toEqual([])
})

test('other findings are told in one comment', async () => {
  const a = finding({ address: 'app.a' })
  const b = finding({ address: 'app.b' })
  await keep(doctorReport([a, b]))
  const changed = { ...a, differences: [{ attribute: 'owner', expected: 'root', actual: 'nobody' }] }
  const outcomes = await keep(doctorReport([changed, finding({ address: 'app.c', verdict: 'missing' })]), {
    now: daysOn(1)
  })
  expect(actions(outcomes)).toEqual([['commented', 1]])
  const [comment, ...others] = await comments(1)
  expect(others).toEqual([])
  expect(comment).toMatch(/\*\*New\*\*\n\n- <code>app\.c<\/code> \(missing\)/)
  expect(comment).toMatch(/\*\*Changed\*\*\n\n- <code>app\.a<\/code> \(drifted\); owner: expected <code>root</)
  expect(comment).toMatch(/\*\*Gone\*\*\n\n- <code>app\.b<\/code>\n/)
  expect((await issues())[0]?.body).not.toContain('app.b')
  expect(actions(await keep(doctorReport([changed, finding({ address: 'app.c', verdict: 'missing' })])))).toEqual([
    ['updated', 1]
  ])
})

test('in sync again closes it, and another drift within two weeks opens it again', async () => {
  await keep(drifted)
  expect(actions(await keep(inSync, { now: daysOn(1) }))).toEqual([['closed', 1]])
  expect((await issues())[0]).toMatchObject({ state: 'closed', state_reason: 'completed' })
  expect(await comments(1)).toEqual([
    expect.stringMatching(/^In sync again; it had drifted since .* by \[this run\]\(/)
  ])
  expect(await keep(inSync, { now: daysOn(2) })).toEqual([])

  const again = doctorReport([finding({ address: 'nginx.site' })])
  expect(actions(await keep(again, { now: daysOn(13.9), onCall: ['bob'] }))).toEqual([['reopened', 1]])
  expect(await issues()).toEqual([
    expect.objectContaining({ state: 'open', assignees: ['alice', 'bob'], body: expect.stringContaining('nginx.site') })
  ])
  expect((await comments(1))[1]).toMatch(/^It has drifted again/)
})

test('drift long after gets a new issue, which names the old', async () => {
  await keep(drifted)
  await keep(inSync)
  expect(actions(await keep(drifted, { now: daysOn(14.1) }))).toEqual([['created', 2]])
  await keep(drifted, { now: daysOn(15) })
  expect((await issues()).map(({ state, body }) => [state, body.includes('it drifted before in #1')])).toEqual([
    ['closed', false],
    ['open', true]
  ])
})

test('an issue is found among hundreds, whoever renamed it or edited it in a browser', async () => {
  const api = openHere()
  await keep(drifted)
  const [first] = await issues()
  const body = `${first!.body.replaceAll('\n', '\r\n')}\r\nlooked at it`
  await api.rest.issues.update({ owner, repo, issue_number: 1, title: 'Do not touch', body })
  for (let at = 0; at < 120; at++)
    await api.rest.issues.create({ owner, repo, title: `Drift: yourbrand`, body: `no. ${at}`, labels: ['drift'] })
  expect(actions(await keep(drifted, { now: daysOn(1) }))).toEqual([['updated', 1]])
  expect(await issues()).toHaveLength(121)
  expect(await comments(1)).toEqual([])
})

test.each([
  ['quoted', (body: string) => body.replaceAll(/^/gm, '> ')],
  ['in a fence', (body: string) => `\`\`\`\n${body}\n\`\`\``],
  ['below something else', (body: string) => `\n${body}`],
  ['of a longer name', (body: string) => body.replace('tenant=yourbrand', 'tenant=yourbrand-2')]
])('a marker that is %s is not ours', async (_, change) => {
  const api = openHere()
  await keep(drifted)
  const [ours] = await issues()
  await api.rest.issues.update({ owner, repo, issue_number: 1, body: change(ours!.body) })
  expect(actions(await keep(drifted))).toEqual([['created', 2]])
})

test('an unknown login costs the assignment and not the issue', async () => {
  const [outcome] = await keep(drifted, { onCall: ['nobody-of-that-name', 'bob'] })
  expect(outcome).toMatchObject({ action: 'created', number: 1 })
  expect(outcome?.warnings).toEqual([expect.stringMatching(/^nobody-of-that-name could not be assigned: .*422/)])
  const [issue] = await issues()
  expect(issue?.assignees).toEqual(['bob'])
  expect(issue?.body).not.toContain('nobody-of-that-name')
})

test('two runs at once leave one issue', async () => {
  let waiting: (() => void)[] = []
  // Neither goes on to open one before both have seen that there is none.
  const together = (): Api => {
    const api = openHere()
    api.hook.before('request', async ({ method, url }) => {
      if (method !== 'POST' || !url.endsWith('/issues')) return
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length === 2) for (const go of waiting) go()
      })
    })
    return api
  }
  const outcomes = await Promise.all([keep(drifted, {}, together()), keep(drifted, {}, together())])
  waiting = []
  const all = await issues()
  expect(all).toMatchObject([
    { state: 'open', labels: ['drift'], assignees: ['alice'] },
    { state: 'closed', state_reason: 'not_planned', labels: [], assignees: [], body: expect.stringContaining('#1') }
  ])
  expect(outcomes.flat().map(({ number }) => number)).toEqual([1, 1])
  expect(outcomes.flat().flatMap(({ warnings }) => warnings)).toEqual([expect.stringMatching(/^#2 was a second issue/)])
  expect(actions(await keep(inSync))).toEqual([['closed', 1]])
  expect(actions(await keep(drifted))).toEqual([['reopened', 1]])
})

test('a second issue that a broken run left is closed', async () => {
  const api = openHere()
  await keep(drifted)
  const [first] = await issues()
  await api.rest.issues.create({ owner, repo, title: 'again', body: first!.body, labels: ['drift'] })
  const [outcome] = await keep(drifted, { now: daysOn(1) })
  expect(outcome).toMatchObject({ action: 'updated', number: 1, warnings: [expect.stringMatching(/^#2 was/)] })
  expect((await issues()).map(({ state }) => state)).toEqual(['open', 'closed'])
})

test('hosts have issues of their own, and one of a tenant says nothing of another', async () => {
  const report = doctorReport(
    [hostFinding({ verdict: 'drifted', address: 'host.disk', differences: [] }), finding({ tenant: 'otherbrand' })],
    {
      tenants: [tenantOf('yourbrand', 'in-sync'), tenantOf('otherbrand', 'drifted')],
      hosts: [hostOf('web-1', 'drifted')]
    }
  )
  expect(actions(await keep(report))).toEqual([
    ['created', 1],
    ['created', 2]
  ])
  expect((await issues()).map(({ title }) => title)).toEqual(['Drift: host web-1', 'Drift: otherbrand'])
})

test('nothing is done for a run that looked at nothing', async () => {
  await keep(drifted)
  const failure = { step: 'read the manifest', kind: 'manifest', message: 'no' } as const
  expect(await keep(doctorReport([], { failure }))).toEqual([])
  expect((await issues())[0]?.state).toBe('open')
})

test('what could not be looked at closes nothing, and has an issue from the second night on', async () => {
  const lost = doctorReport([finding({ verdict: 'unknown', differences: [], cause: 'the daemon does not answer' })], {
    tenants: [tenantOf('yourbrand', 'unknown')]
  })
  let seen: NightMemory = { version: 1, unknown: {} }
  const night = async (report: DoctorReport, days: number) => {
    const outcomes = await keep(report, { seen, now: daysOn(days) })
    seen = nextNights(seen, report, daysOn(days))
    return outcomes.map(({ action, topic, number }) => [action, topic, number])
  }
  await night(drifted, 0)
  expect(await night(lost, 1)).toEqual([
    ['waiting', 'drift', 1],
    ['waiting', 'unreachable', null]
  ])
  expect(await night(lost, 2)).toEqual([
    ['waiting', 'drift', 1],
    ['created', 'unreachable', 2]
  ])
  expect(await night(lost, 3)).toEqual([
    ['waiting', 'drift', 1],
    ['updated', 'unreachable', 2]
  ])
  expect((await issues()).map(({ state, labels, title }) => [state, labels, title])).toEqual([
    ['open', ['drift'], 'Drift: yourbrand'],
    ['open', ['unreachable'], 'Unreachable: yourbrand']
  ])
  expect(await night(drifted, 4)).toEqual([
    ['updated', 'drift', 1],
    ['closed', 'unreachable', 2]
  ])
  expect((await comments(2))[0]).toMatch(/^It could be looked at again/)
  expect(await night(lost, 5)).toEqual([
    ['waiting', 'drift', 1],
    ['waiting', 'unreachable', null]
  ])
})

test('a host that does not answer has one issue, which names its tenants', async () => {
  const names = ['yourbrand', 'otherbrand']
  const lost = doctorReport(
    [
      hostFinding(),
      ...names.map((tenant) => finding({ tenant, verdict: 'unknown', differences: [], cause: noAnswer }))
    ],
    { tenants: names.map((name) => tenantOf(name, 'unknown')), hosts: [hostOf('web-1', 'unknown')] }
  )
  const seen = nextNights({ version: 1, unknown: {} }, lost, daysOn(-1))
  expect(actions(await keep(lost, { seen }))).toEqual([['created', 1]])
  const [issue, ...others] = await issues()
  expect(others).toEqual([])
  expect(issue).toMatchObject({ title: 'Unreachable: host web-1', labels: ['unreachable'], assignees: ['alice'] })
  expect(issue?.body).toContain('<code>yourbrand</code>, <code>otherbrand</code>')
  expect(issue?.body).toContain(noAnswer)
})

test('findings that can’t be judged beside others are kept, and told as gone when they are', async () => {
  const b = finding({ address: 'database.role' })
  await keep(doctorReport([finding(), b]))
  const partly = [finding(), finding({ address: 'database', verdict: 'unknown', differences: [], cause: 'no answer' })]
  // That the database gave no answer is an issue of its own, if it lasts.
  expect(actions(await keep(doctorReport(partly), { now: daysOn(1) }))).toEqual([
    ['updated', 1],
    ['waiting', null]
  ])
  expect((await issues())[0]?.body).toContain('<code>database.role</code> was found before, and could not be judged')
  expect(await comments(1)).toEqual([])
  expect(actions(await keep(doctorReport([finding()]), { now: daysOn(2) }))).toEqual([['commented', 1]])
  expect((await comments(1))[0]).toMatch(/\*\*Gone\*\*\n\n- <code>database\.role<\/code>/)
})
