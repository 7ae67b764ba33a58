import { beforeEach, expect, test } from 'vitest'
import { answerCommand, takeCommand } from '../../src/github/commands/respond.ts'
import { commentEvent } from '../unit/github/commands/event.ts'
import { faultyWay } from './faults.ts'
import { comments, onGitHub, openHere, owner, repo } from './world.ts'

onGitHub()

const roles = { alice: 'admin', bob: 'maintain', carol: 'push', dave: 'triage', erin: 'pull' } as const

beforeEach(async () => {
  const api = openHere()
  for (const [username, permission] of Object.entries(roles))
    await api.rest.repos.addCollaborator({ owner, repo, username, permission })
  await api.rest.issues.create({ owner, repo, title: 'Drift: yourbrand' })
})

test.each([
  ['alice', true],
  ['bob', true],
  ['carol', true],
  ['dave', false],
  ['erin', false],
  // Known to GitHub, and no collaborator.
  ['frank', false],
  ['nobody-of-that-name', false]
])('a command of %s is taken: %j', async (login, taken) => {
  // What the event itself says of its author is not asked.
  const event = commentEvent('/tenant deploy app', { login, association: 'OWNER' })
  const command = await takeCommand(openHere(), event)
  if (taken) expect(command).toMatchObject({ command: 'deploy', lane: 'app', tenant: 'yourbrand', by: login })
  else expect(command).toBeNull()
  expect(await comments(1)).toEqual([])
})

test('reactions that fail are warnings, and the answer comes all the same', async () => {
  const api = openHere()
  const taken = await takeCommand(api, commentEvent('/tenant doctor', { login: 'alice' }))
  expect(taken?.warnings).toEqual([expect.stringMatching(/^the comment could not be given the sign eyes: .*404/)])
  const answer = await answerCommand(api, taken!, { ok: false, markdown: '/tenant deploy\n\n**it broke**' })
  expect(answer.url).toMatch(/\/issues\/1#issuecomment-/)
  expect(answer.warnings).toEqual([expect.stringContaining('sign confused')])
  const [comment] = await comments(1)
  expect(comment).toMatch(/^❌ <code>\/tenant doctor<\/code>, asked for by <code>alice<\/code>: failed\n/)
  expect(comment).toContain('**it broke**')
})

test('an answer is cut below the limit', async () => {
  const api = openHere()
  const taken = await takeCommand(api, commentEvent('/tenant doctor', { login: 'alice' }))
  await answerCommand(api, taken!, { ok: true, markdown: 'a line\n'.repeat(100_000) })
  const [comment] = await comments(1)
  expect(Buffer.byteLength(comment!)).toBeLessThan(65_536)
  expect(comment).toMatch(/lines left out: it would have been too long/)
})

test('a comment that is no command asks GitHub nothing', async () => {
  await using way = await faultyWay([])
  const api = openHere({ baseUrl: way.url })
  expect(await takeCommand(api, commentEvent('please /tenant deploy', { login: 'alice' }))).toBeNull()
  expect(way.asked).toEqual([])
})

test('where GitHub does not say who may, nothing is taken', async () => {
  await using way = await faultyWay([{ on: /permission$/, status: 500, message: 'Server Error' }])
  const api = openHere({ baseUrl: way.url })
  await expect(takeCommand(api, commentEvent('/tenant deploy', { login: 'alice' }))).rejects.toMatchObject({
    kind: 'github',
    message: 'whether alice may write to acme/tenants is not known: Server Error (HTTP 500)'
  })
  expect(way.asked.some((line) => line.includes('reactions'))).toBe(false)
})

test('an answer that can’t be given is a warning', async () => {
  await using way = await faultyWay([{ on: /POST .*comments$/, status: 403, message: 'no' }])
  const api = openHere({ baseUrl: way.url })
  const taken = await takeCommand(api, commentEvent('/tenant doctor', { login: 'alice' }))
  const answer = await answerCommand(api, taken!, { ok: true, markdown: 'fine' })
  expect(answer).toEqual({
    url: null,
    warnings: [expect.stringContaining('sign rocket'), 'the command could not be answered: no (HTTP 403)']
  })
})
