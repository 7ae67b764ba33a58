import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { run } from './command.ts'
import type { Loan } from './plan.ts'
import type { Traces } from './traces.ts'

const lib = '/usr/local/lib/tenant-sandbox'
const authoritiesFile = `${lib}/authorities.pem`
const npmCache = '/var/cache/tenant-npm'

/** Lines of sudo's env_file: sudo hands a tenant's commands a clean environment, and these on top. */
export const environmentFile = `${lib}/environment`

/**
 * npm runs as many accounts, and each keeps a cache of its own, which stays for the next sandbox. They go by number:
 * the names of accounts that provision makes have another one on each host.
 */
const npmScript = (node: string, program: string) => `#!/bin/sh
npm_config_cache=${npmCache}/$(id -u) exec ${node} ${program} --globalconfig=/usr/local/etc/npmrc "$@"
`

/** Copies Node, npm and PM2 to where every account of the host finds them; the checkout may be closed to them. */
export async function placeTools(root: string, loan: Loan, traces: Traces): Promise<void> {
  const place = (path: string) => {
    if (root === '') traces.path(path)
    mkdirSync(dirname(root + path), { recursive: true })
    return root + path
  }
  const folder = place(lib)
  mkdirSync(`${folder}/pm2/node_modules`, { recursive: true })
  const pm2 = loan.pm2.map((path) => `${loan.modules}/./${path}`)
  const copies = [run(['rsync', '-rlR', '--chmod=a+rX,go-w', ...pm2, `${folder}/pm2/node_modules/`])]
  if (loan.npmNode === undefined) {
    copies.push(run(['rsync', '-rl', '--chmod=a+rX,go-w', `${loan.npm}/`, `${folder}/npm/`]))
  }
  // Any of these may be a link on this machine, which is not to be written through.
  const fresh = async (name: string) => {
    const path = place(`/usr/local/bin/${name}`)
    await run(['rm', '-f', path])
    return path
  }
  const [npmNode, npm] = loan.npmNode === undefined ? ['/usr/local/bin/node', `${lib}/npm`] : [loan.npmNode, loan.npm]
  for (const name of ['npm', 'npx']) {
    writeFileSync(await fresh(name), npmScript(npmNode, `${npm}/bin/${name}-cli.js`), { mode: 0o755 })
  }
  await run(['ln', '-s', `${lib}/pm2/node_modules/pm2/bin/pm2`, await fresh('pm2')])
  const node = await fresh('node')
  copyFileSync(loan.node, node)
  chmodSync(node, 0o755)
  await Promise.all(copies)
}

/** Lets npm reach its registry as on the machine, whatever account it runs as. */
export async function configureNpm(root: string, loan: Loan, traces: Traces): Promise<void> {
  const environment = { ...loan.environment }
  const npmrc = [...loan.npmrc, 'update-notifier=false', 'fund=false', 'audit=false']
  if (loan.authorities !== undefined) {
    writeFileSync(root + authoritiesFile, loan.authorities)
    environment.NODE_EXTRA_CA_CERTS = authoritiesFile
    npmrc.push(`cafile=${authoritiesFile}`)
  }
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(root + environmentFile, variables.join(''))
  if (root === '') traces.path('/usr/local/etc/npmrc')
  mkdirSync(`${root}/usr/local/etc`, { recursive: true })
  writeFileSync(`${root}/usr/local/etc/npmrc`, `${npmrc.join('\n')}\n`)
  if (root === '') traces.path(npmCache)
  mkdirSync(root + npmCache, { recursive: true })
  if (root !== '') await run(['mount', '--bind', loan.npmCache, root + npmCache])
  chmodSync(root + npmCache, 0o1777)
}
