import { chmodSync, chownSync, copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { run } from './command.ts'
import type { Loan } from './plan.ts'
import type { Traces } from './traces.ts'

const lib = '/usr/local/lib/tenant-sandbox'
const authoritiesFile = `${lib}/authorities.pem`
const npmCache = '/var/cache/tenant-npm'

/** Lines of sudo's env_file: sudo hands a tenant's commands a clean environment, and these on top. */
export const environmentFile = `${lib}/environment`

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
  const links: Record<string, string> = { pm2: `${lib}/pm2/node_modules/pm2/bin/pm2` }
  if (loan.npmNode === undefined) {
    copies.push(run(['rsync', '-rl', '--chmod=a+rX,go-w', `${loan.npm}/`, `${folder}/npm/`]))
    links.npm = `${lib}/npm/bin/npm-cli.js`
    links.npx = `${lib}/npm/bin/npx-cli.js`
  } else {
    for (const name of ['npm', 'npx']) {
      const script = `#!/bin/sh\nexec ${loan.npmNode} ${loan.npm}/bin/${name}-cli.js --globalconfig=/usr/local/etc/npmrc "$@"\n`
      writeFileSync(place(`/usr/local/bin/${name}`), script, { mode: 0o755 })
    }
  }
  for (const [name, target] of Object.entries(links)) {
    await run(['ln', '-sfn', target, place(`/usr/local/bin/${name}`)])
  }
  const node = place('/usr/local/bin/node')
  await run(['rm', '-f', node])
  copyFileSync(loan.node, node)
  chmodSync(node, 0o755)
  await Promise.all(copies)
}

/** Lets npm reach its registry as on the machine, whatever account it runs as. */
export async function configureNpm(root: string, loan: Loan, traces: Traces): Promise<void> {
  const environment = { ...loan.environment }
  // npm runs as many accounts, and each keeps a cache of its own.
  const npmrc = [...loan.npmrc, `cache=${npmCache}/\${USER}`, 'update-notifier=false', 'fund=false', 'audit=false']
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

/** The account's own folder in the cache, which stays for the next sandbox. */
export async function ownNpmCache(account: string, uid: number): Promise<void> {
  const folder = `${npmCache}/${account}`
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  if (statSync(folder).uid !== uid) await run(['chown', '-R', `${uid}:${uid}`, folder])
  chownSync(folder, uid, uid)
}
