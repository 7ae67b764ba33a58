import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, startSandbox } from '../sandbox/sandbox.ts'
import { credentials, runAction } from './action.ts'
import { edit } from './on-host.ts'
import { makeRepository } from './repository.ts'
import { worldAt } from './world.ts'

/**
 * Writes docs/examples/job-summary.md: the summary of a real run of the action, with the booking app on a sandbox.
 * Run it with `node test/setup.mjs test/world/example.ts`.
 */
const HEAD = `<!-- The job summary of a real run of the action in dist/ against a sandbox: a deploy of both lanes after an
     edit, a new migration, a new page and a deletion. Made with: node test/setup.mjs test/world/example.ts -->
`

const repository = await makeRepository()
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
  const summary = await deploy()
  const file = join(checkout, 'docs/examples/job-summary.md')
  mkdirSync(join(checkout, 'docs/examples'), { recursive: true })
  writeFileSync(file, `${HEAD}\n${summary}`)
  process.stderr.write(`wrote ${file}\n`)
} finally {
  repository.dispose()
}
