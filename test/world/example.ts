import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startGithub } from '../github/emulated.ts'
import { checkout, startSandbox } from '../sandbox/sandbox.ts'
import { credentials, runAction } from './action.ts'
import { edit } from './on-host.ts'
import { pullRequests } from './pull-request.ts'
import { makeRepository } from './repository.ts'
import { worldAt, type World } from './world.ts'

/**
 * Writes docs/examples/job-summary.md and docs/examples/pull-request-comment.md: what real runs of the action have
 * written, with the booking app on a sandbox. Run it with `node test/setup.mjs test/world/example.ts`.
 */
const HEAD = `<!-- The job summary of a real run of the action in dist/ against a sandbox: a deploy of both lanes after an
     edit, a new migration, a new page and a deletion. Made with: node test/setup.mjs test/world/example.ts -->
`
const COMMENT_HEAD = `<!-- The comment that real runs of the action in dist/ have written on a pull request, against a sandbox: a change of the
     app, its environment, its nginx site and its site, with a new migration. The two hidden lines that it begins with stand below.
     Made with: node test/setup.mjs test/world/example.ts -->
`

/** What a reviewer reads before any of it ships. */
async function comment(world: World): Promise<string> {
  const manifest = 'tenants/yourbrand/tenant.yml'
  const before = world.repository.read(manifest)
  edit(world, manifest, '  env:\n', '  env:\n    SEASON: winter\n')
  edit(world, manifest, '  health: /api/health\n', '  health: /api/health\n  body_limit: 20m\n')
  const github = await startGithub()
  using pull = pullRequests(world, 'yourbrand')
  try {
    await pull.preview('change')
    const { bodies } = await pull.comment('change', world.repository.commit('A change of everything'))
    return bodies[0]!
  } finally {
    await github.close()
    world.repository.write(manifest, before)
  }
}

const repository = makeRepository()
try {
  await using sandbox = await startSandbox({
    folder: join(repository.path, '.sandbox'),
    tenants: join(repository.path, 'tenants')
  })
  process.stderr.write(`the sandbox is up: ${sandbox.folder}\n`)
  const world = worldAt(repository.path)
  const deploy = async () => {
    const ran = await runAction(world, { ...credentials(world), tenant: 'yourbrand' })
    if (ran.code !== 0) throw new Error(`the deploy ended with ${ran.code}:\n${ran.stdout}${ran.stderr}`)
    return ran.summary
  }
  await deploy()
  edit(world, 'test/booking-app/app/layout.tsx', '<body>', '<body data-season="winter">')
  edit(world, 'test/booking-app/widget/booking.ts', "= 'Book'", "= 'Book a table'")
  repository.write(
    'test/booking-app/migrations/0003_guests.sql',
    'alter table bookings add column guests_under_12 int;\n'
  )
  repository.write('test/yourbrand-site/winter menu.html', '<!doctype html><title>Winter menu</title><h1>Soup</h1>\n')
  edit(world, 'test/yourbrand-site/index.html', '</h1>', ', also in winter</h1>')
  repository.remove('test/yourbrand-site/assets/img/bread.png')
  write('pull-request-comment.md', `${COMMENT_HEAD}\n${await comment(world)}`)
  write('job-summary.md', `${HEAD}\n${await deploy()}`)
} finally {
  repository.dispose()
}

function write(name: string, text: string): void {
  const file = join(checkout, 'docs/examples', name)
  mkdirSync(join(checkout, 'docs/examples'), { recursive: true })
  writeFileSync(file, text)
  process.stderr.write(`wrote ${file}\n`)
}
