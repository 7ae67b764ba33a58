import { expect, test } from 'vitest'
import { comments, issues, owner, repo } from '../github/world.ts'
import { onStage } from './stage.ts'
import { tenants } from './stage.ts'

const TENANT = 'otherbrand'
const LOGO = `/srv/tenants/${TENANT}/marketing/current/assets/logo.svg`

onStage('doctor.yml', (stage) => {
  test('nights: in sync, drift, the same again, mended', async () => {
    const night = () => stage.run('doctor.yml', 'schedule')
    const shell = (script: string) => stage.world.exec(['sh', '-ec', script, 'sh', LOGO])

    const calm = await night()
    expect([calm.results, await issues()], calm.log).toEqual([{ plan: 'success', 'doctor (sandbox)': 'success' }, []])
    expect(calm.jobs[1]!.summary).toContain(TENANT)

    await shell('cp -p "$1" /tmp/logo && echo "<!-- by hand -->" >>"$1"')
    const drifted = await night()
    expect([drifted.code, (await issues()).length], drifted.log).toEqual([0, 1])
    const [issue] = await issues()
    expect(issue).toMatchObject({ state: 'open', labels: ['drift'], assignees: ['alice'] })
    expect(issue!.title).toContain(TENANT)
    expect(issue!.body).toContain('marketing.files')
    expect(issue!.body).toContain(`${stage.github.origin.server}/${owner}/${repo}/actions/runs/`)
    expect(drifted.jobs[1]!.summary).toMatch(/### Issues[^]*\[#1\]/)

    const again = await night()
    expect([again.code, (await issues()).length, await comments(1)], again.log).toEqual([0, 1, []])
    expect((await issues())[0]!.state).toBe('open')

    await shell('cp -p /tmp/logo "$1"')
    const mended = await night()
    expect(mended.code, mended.log).toBe(0)
    expect((await issues())[0]).toMatchObject({ state: 'closed', state_reason: 'completed' })
    // What a night could not look at is kept for the next one.
    expect(mended.jobs[1]!.outputs['cache-matched-key']).toMatch(/^doctor-nights\/sandbox\/\d+-1$/)
  })

  test('without a host there is a plan, and no job to make', async () => {
    const { origin } = stage.github
    for (const name of [...tenants, 'hosts']) origin.clone.remove(`tenants/${name}`)
    origin.push('No tenant and no host', 'empty')
    const empty = await stage.run('doctor.yml', 'schedule', { ref: 'refs/heads/empty' })
    expect([empty.code, empty.results], empty.log).toEqual([0, { plan: 'success' }])
  })
})
