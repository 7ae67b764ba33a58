import { expect, test } from 'vitest'
import { comments, issues, openHere, owner, repo } from '../github/world.ts'
import { commentEvent } from '../unit/github/commands/event.ts'
import { onStage } from './stage.ts'

const TENANT = 'otherbrand'
const LOGO = `/srv/tenants/${TENANT}/marketing/current/assets/logo.svg`

onStage('drift-command.yml', (stage) => {
  test('a command is done and answered for who may write, and for nobody else', async () => {
    const isEdited = async () => (await stage.world.exec(['grep', '-q', 'by hand', LOGO])).code === 0
    const comment = async (text: string, login: string) => {
      const payload = commentEvent(text, { login, issueBody: (await issues())[0]!.body })
      return stage.run('drift-command.yml', 'issue_comment', { payload, actor: login })
    }
    for (const [username, permission] of [
      ['alice', 'push'],
      ['erin', 'pull']
    ] as const)
      await openHere().rest.repos.addCollaborator({ owner, repo, username, permission })
    await stage.world.exec(['sh', '-c', 'echo "<!-- by hand -->" >>"$1"', 'sh', LOGO])
    const night = await stage.run('doctor.yml', 'workflow_dispatch')
    expect((await issues()).length, night.log).toBe(1)

    const said = await comment('what is this? /tenant deploy', 'alice')
    expect([said.code, said.results], said.log).toEqual([0, {}])
    const strange = await comment('/tenant deploy marketing', 'erin')
    expect([strange.code, strange.results], strange.log).toEqual([0, { take: 'success' }])
    expect([await comments(1), await isEdited()]).toEqual([[], true])

    const asked = await comment('/tenant doctor', 'alice')
    expect([asked.code, asked.results], asked.log).toEqual([0, { take: 'success', doctor: 'success' }])
    expect(await comments(1)).toEqual([expect.stringMatching(/^✅ .*\/tenant doctor.*alice.*done[^]*marketing\.files/)])
    expect((await issues())[0]!.state).toBe('open')

    const mended = await comment('/tenant deploy marketing', 'alice')
    expect([mended.code, mended.results], mended.log).toEqual([0, { take: 'success', deploy: 'success' }])
    expect((await comments(1)).at(-1)).toMatch(/^✅ .*\/tenant deploy marketing.*alice.*done/)
    expect(await isEdited()).toBe(false)
    // The emulated GitHub knows no signs on comments; that they could not be given is said, and stops nothing.
    expect(mended.annotations.map(({ message }) => message)).toContainEqual(expect.stringContaining('the sign rocket'))
  })
})
