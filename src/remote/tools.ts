import { TenantError } from '../errors.ts'

/** What to install where a program is missing on a Debian or Ubuntu host. */
const PACKAGES: Record<string, string> = {
  rsync: 'apt-get install rsync',
  node: 'install Node.js 24 (https://nodejs.org/en/download), so that it stands in PATH',
  npm: 'install Node.js 24 with npm (https://nodejs.org/en/download)',
  pm2: 'npm install --global pm2',
  nginx: 'apt-get install nginx',
  flock: 'apt-get install util-linux',
  setpriv: 'apt-get install util-linux',
  psql: 'apt-get install postgresql-client',
  pg_dump: 'apt-get install postgresql-client',
  pg_restore: 'apt-get install postgresql-client',
  pgbouncer: 'apt-get install pgbouncer',
  openssl: 'apt-get install openssl',
  certbot: 'apt-get install certbot',
  visudo: 'apt-get install sudo',
  git: 'apt-get install git'
}

export function missingTool(tool: string, where: string): TenantError {
  const name = tool.split('/').at(-1) ?? tool
  return new TenantError('tool-missing', `${name} is missing`, {
    where,
    remedy: `${PACKAGES[name] ?? `install ${name}`}; a program outside PATH is found when its folder stands under path in the host file`
  })
}
