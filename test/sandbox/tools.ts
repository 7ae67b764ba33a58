import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { run } from './command.ts'
import type { Loan } from './loan.ts'

const lib = '/usr/local/lib/tenant-sandbox'
const authoritiesFile = `${lib}/authorities.pem`

const npmScript = (name: string) => `#!/bin/sh
exec /usr/local/bin/node ${lib}/npm/bin/${name}-cli.js --globalconfig=/usr/local/etc/npmrc "$@"
`

/**
 * Copies Node, npm and PM2 to where every account of a host finds them, and lets npm reach its registry as on this
 * computer.
 *
 * @param root the folder that holds the host's file system
 */
export async function placeTools(root: string, loan: Loan): Promise<void> {
  const folder = root + lib
  for (const path of [`${folder}/pm2/node_modules`, `${root}/usr/local/bin`, `${root}/usr/local/etc`])
    mkdirSync(path, { recursive: true })
  const pm2 = loan.pm2.map((path) => `${loan.modules}/./${path}`)
  await Promise.all([
    run(['rsync', '-rlR', '--chmod=a+rX,go-w', ...pm2, `${folder}/pm2/node_modules/`]),
    run(['rsync', '-rl', '--chmod=a+rX,go-w', `${loan.npm}/`, `${folder}/npm/`])
  ])
  copyFileSync(loan.node, `${root}/usr/local/bin/node`)
  chmodSync(`${root}/usr/local/bin/node`, 0o755)
  symlinkSync(`${lib}/pm2/node_modules/pm2/bin/pm2`, `${root}/usr/local/bin/pm2`)
  for (const name of ['npm', 'npx']) writeFileSync(`${root}/usr/local/bin/${name}`, npmScript(name), { mode: 0o755 })
  configureNpm(root, loan)
}

function configureNpm(root: string, loan: Loan): void {
  const environment = { ...loan.environment }
  const npmrc = [...loan.npmrc, 'update-notifier=false', 'fund=false', 'audit=false']
  if (loan.authorities !== undefined) {
    writeFileSync(root + authoritiesFile, loan.authorities)
    environment.NODE_EXTRA_CA_CERTS = authoritiesFile
    npmrc.push(`cafile=${authoritiesFile}`)
  }
  // Lines of sudo's env_file: sudo hands a tenant's commands a clean environment, and these on top.
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(`${root}${lib}/environment`, variables.join(''))
  writeFileSync(`${root}/usr/local/etc/npmrc`, `${npmrc.join('\n')}\n`)
}
