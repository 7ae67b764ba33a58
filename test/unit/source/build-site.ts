import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asTenantError, TenantError } from '../../../src/errors.ts'
import { marketingSource, scratch } from '../../../src/source/source.ts'
import { copySelected } from '../../../src/source/tree.ts'

/**
 * A run that builds the site of a repository, as a process of its own: what it was started with stays in its first
 * environment, whatever it takes out of it. It gets what to do as JSON, and says how it went as its last line.
 */
const { sourcing, take } = JSON.parse(process.argv[2]!) as { sourcing: object; take: string[] }
const controller = new AbortController()
process.once('SIGTERM', () => controller.abort(new TenantError('interrupted', 'ended by SIGTERM')))
for (const name of take) delete process.env[name]

const work = await scratch()
let said: object
try {
  const { files } = await marketingSource(
    {
      secrets: {},
      gitServer: '',
      runsBuilds: true,
      tell: (told) => {
        if (told.kind === 'output' && told.line.length < 1000) process.stdout.write(`${told.line}\n`)
      },
      signal: controller.signal,
      environment: { ...process.env },
      ...sourcing
    } as Parameters<typeof marketingSource>[0],
    work.path
  )
  const stage = join(work.path, 'stage')
  const tree = await copySelected(files!, stage)
  const texts = Object.keys(tree).map((path) => [path, readFileSync(join(stage, path), 'utf8')])
  said = { files: Object.fromEntries(texts) }
} catch (thrown) {
  const { kind, message, where, remedy, log } = asTenantError(thrown)
  said = { error: { kind, message, where, remedy, log } }
}
await work[Symbol.asyncDispose]()
const { maxRSS } = process.resourceUsage()
process.stdout.write(`\n${JSON.stringify({ ...said, scratch: work.path, maxRSS })}\n`)
