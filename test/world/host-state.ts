import { SETTLE, type FreshTenant } from './fresh-tenant.ts'
import { onHost } from './on-host.ts'
import type { World } from './world.ts'

/** What a look at the host may change: what runs write by themselves, and what every login does. */
const RESTLESS = ['/srv/tenants/*/pm2', '/srv/tenants/*/app/shared/log']
/** Thousands of files, of which no run changes one. */
const MANY = ['*/node_modules', '*/.next']

const FILES = `find /etc /srv /var/lib/tenant-deploy /var/lib/letsencrypt /var/spool/cron /usr/local/bin /home /run/tenant-deploy \
  \\( ${[...RESTLESS, ...MANY].map((path) => `-path '${path}'`).join(' -o ')} \\) -prune -o`

const DATABASES = `SELECT row_to_json(r) FROM pg_authid r ORDER BY rolname;
SELECT row_to_json(m) FROM pg_auth_members m ORDER BY roleid, member;
SELECT row_to_json(d)::jsonb - 'datfrozenxid' - 'datminmxid' FROM pg_database d ORDER BY datname;
SELECT row_to_json(s) FROM pg_db_role_setting s ORDER BY setdatabase, setrole;
`

/**
 * All of the host that a run could change: every file with its type, mode, owner, times and content, accounts, roles,
 * databases, and the processes that serve, which a reload replaces.
 */
export async function hostListing(world: World): Promise<string> {
  const script = `${FILES} -printf '%y %m %u %g %T@ %p %l\\n' 2>/dev/null | sort
${FILES} -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum
pgrep -P "$(cat /run/nginx.pid)" | sort
ps -eo user:40,args | grep -E '[P]M2 v|[n]ode server|[n]ext-server' | sort
sudo -u postgres psql -qXAt -v ON_ERROR_STOP=1 -h /run/postgresql -p "$1" <<'END'
${DATABASES}END`
  return onHost(world, 'none').must(['sh', '-c', script, 'sh', String(world.host.postgres.port)])
}

/**
 * Everything that a tenant has of its own on the host, and what all share, without what is another each time: numbers,
 * times, salts, keys. Two runs that end in the same state give the same text.
 */
export async function endState(world: World, tenant: FreshTenant): Promise<string> {
  const { name, root } = tenant
  const script = `name=$1 root=$2 port=$3
sql() { sudo -u postgres psql -qXAt -v ON_ERROR_STOP=1 -h /run/postgresql -p "$port" -d "$1"; }
# Left-overs of a cut-off run would stand here as well.
find "$root" /etc/tenant-deploy /etc/nginx /etc/pgbouncer /etc/letsencrypt/live /etc/letsencrypt/archive /etc/letsencrypt/renewal \
  /etc/systemd/system/multi-user.target.wants /etc/systemd/system/tenant@.service /etc/sudoers.d /var/lib/tenant-deploy /var/log/nginx/"$name"-* \
  -printf '%y %m %u %g %p %l\\n' | sort
getent passwd "tenant-$name" | cut -d: -f1,2,6,7; id -Gn "tenant-$name"; getent group tenants | cut -d: -f4 | tr , '\\n' | sort
sha256sum /etc/nginx/nginx.conf /etc/nginx/tenants.d/*.conf /etc/sudoers.d/* /etc/systemd/system/tenant@.service /etc/pgbouncer/pgbouncer.ini
sort /etc/pgbouncer/tenants.ini
cut -d' ' -f1 /etc/pgbouncer/userlist.txt | sort
for file in /etc/tenant-deploy/certificates/"$name"/fullchain.pem; do
  openssl x509 -in "$file" -noout -ext subjectAltName; openssl x509 -in "$file" -noout -issuer | sed 's/ [0-9a-f]*$//'
  [ "$(openssl x509 -in "$file" -noout -pubkey)" = "$(openssl pkey -in "\${file%/*}/privkey.pem" -pubout)" ] && echo 'its own key'
done
sql postgres <<END
SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, left(rolpassword, 14)
FROM pg_authid WHERE rolname = '$name';
SELECT count(*) FROM pg_auth_members JOIN pg_roles ON pg_roles.oid IN (roleid, member) WHERE rolname = '$name';
SELECT datname, pg_get_userbyid(datdba), datacl, datallowconn, pg_encoding_to_char(encoding), datcollate
FROM pg_database WHERE datname LIKE '$name%';
SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1;
END
credential=$(echo "SELECT '\\"' || rolname || '\\" \\"' || rolpassword || '\\"' FROM pg_authid WHERE rolname = '$name'" | sql postgres)
grep -Fxc -- "$credential" /etc/pgbouncer/userlist.txt || :`
  const { must } = onHost(world, name)
  return must(['sh', '-ec', `${SETTLE}${script}`, 'sh', name, root, String(world.host.postgres.port)])
}
