import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { hostConnectionSchema } from '../../src/tenant/host.ts'
import { address, onGitHub, owner, repo } from '../github/world.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { clonedWorld } from '../world/cloned.ts'
import { useTinyApp } from '../world/tiny-app.ts'
import type { World } from '../world/world.ts'
import { startOrigins, type Origins } from './origin.ts'
import { runWorkflow, type GitHub, type RunOptions, type WorkflowRun } from './run.ts'

/** Where the workflows of a file run: a host with deployed tenants, and a repository on an emulated GitHub. */
export interface Stage {
  world: World
  github: GitHub
  /** For repositories besides the one that the workflows are in. */
  origins: Origins
  /** All that the workflows take from the repository's secrets. */
  secrets: Record<string, string>
  run(workflow: string, event: string, options?: RunOptions): Promise<WorkflowRun>
}

export const tenants = ['yourbrand', 'otherbrand']

const TOKEN = 'robot'
const PROGRAM = ['action.yml', 'dist', 'templates', '.github']

/**
 * Tests that have workflow files run. Both tenants are deployed when a file begins. Where act is lacking they are skipped,
 * and the name says what is lacking. The emulated GitHub forgets its issues, pull requests and comments from one test to
 * the next; what was pushed stays.
 */
export function onStage(name: string, tests: (stage: Stage) => void): void {
  const { path: act, lacks } = inject('act')
  describe.skipIf(lacks !== null)(lacks === null ? name : `${name} (this machine lacks ${lacks})`, () => {
    onGitHub()
    const stage = {} as Stage
    const disposal = new AsyncDisposableStack()
    beforeAll(async () => {
      const world = disposal.use(await clonedWorld())
      for (const name of tenants) useTinyApp(world.repository, name)
      world.repository.commit('A tiny app for each')
      for (const name of tenants) await deploy(world, name)
      const origins = disposal.use(await startOrigins(TOKEN))
      const origin = origins.make(`${owner}/${repo}`)
      const folder = mkdtempSync(join(tmpdir(), 'tenant-act-kept-'))
      disposal.defer(() => rmSync(folder, { recursive: true, force: true }))
      unpack(world.repository.path, origin.clone.path, '.')
      unpack(checkout, origin.clone.path, ...PROGRAM)
      origin.clone.write('tenants/hosts/sandbox.yml', hostFile(world))
      origin.clone.write('tenants/ca.pem', readFileSync(world.host.ca_file))
      origin.clone.write('.github/on-call.yml', 'fixed: [alice]\n')
      origin.push('The tenants, and the program that deploys them')
      const github: GitHub = { act: act!, origin, api: address, token: TOKEN, folder }
      const secrets = {
        ...(JSON.parse(readFileSync(world.host.secrets_file, 'utf8')) as Record<string, string>),
        DEPLOY_SSH_KEY: readFileSync(world.host.key_file, 'utf8')
      }
      const run: Stage['run'] = (workflow, event, options) =>
        runWorkflow(github, workflow, event, { secrets, ...options })
      Object.assign(stage, { world, github, origins, secrets, run })
    })
    afterAll(() => disposal.disposeAsync())
    tests(stage)
  })
}

/** What other files have shipped is no longer live then. */
async function deploy(world: World, tenant: string): Promise<void> {
  const { code, stdout, stderr } = await world.tenant(['deploy', tenant])
  if (code !== 0) throw new Error(`deploy ${tenant} ended with ${code}:\n${stdout}${stderr}`)
}

/** Copies what git keeps of a checkout; what it ignores is of this machine alone. */
function unpack(from: string, to: string, ...paths: string[]): void {
  const files = execFileSync('git', ['-C', from, 'ls-files', '-z', '--', ...paths])
  const archive = execFileSync('tar', ['-C', from, '--null', '--files-from=-', '-c'], {
    input: files,
    maxBuffer: 64 * 1024 * 1024
  })
  execFileSync('tar', ['-x', '-C', to], { input: archive })
}

/** The host as its file says it where nothing on this machine knows it: neither with a key nor with secrets. JSON is YAML. */
function hostFile({ host }: World): string {
  const { key_file, secrets_file, ...known } = hostConnectionSchema.parse(host)
  if (key_file === undefined || secrets_file === undefined) throw new Error('the sandbox names no key and no secrets')
  return JSON.stringify({ name: 'sandbox', ...known, ca_file: 'tenants/ca.pem' }, undefined, 2)
}
