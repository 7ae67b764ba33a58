import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { endState } from '../world/host-state.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const ENABLED = '/etc/systemd/system/multi-user.target.wants/tenant@harbour.service'
let tenant: FreshTenant
/** The host once the tenant was shipped. */
let whole: string

beforeAll(async () => {
  tenant = await freshTenant(world, 'harbour')
  const ran = await tenant.deploy()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  whole = await endState(world, tenant)
})

beforeEach(async () => {
  if (await settled()) return
  // What a test before this one left.
  await tenant.provision()
  expect(await settled()).toBe(true)
})

const settled = async () => (await tenant.provision('--dry-run')).report.outcome === 'unchanged'

afterAll(() => tenant.forget())

const owners = () =>
  tenant.sql(`SELECT relname, pg_get_userbyid(relowner) FROM pg_class
    WHERE relnamespace IN ('public'::regnamespace, coalesce(to_regnamespace('reports'), 'public'))
    AND relkind IN ('r', 'S', 'v', 'm') ORDER BY 1`)

test('what another role made in its database is found, handed back, and then the tenant is in sync', async () => {
  await tenant.sql(`CREATE SCHEMA reports;
    CREATE TABLE reports."Odd ""name""" (id serial PRIMARY KEY, note text);
    CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (1) TO (9);
    CREATE VIEW all_bookings AS SELECT * FROM bookings; CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one;
    CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN short AS text CHECK (length(value) < 9);
    CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
    CREATE PROCEDURE nothing() LANGUAGE sql AS ''; CREATE SEQUENCE numbers;
    CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1');
    ALTER TABLE bookings OWNER TO postgres`)
  const made = [
    'reports',
    '"Odd ""name"""',
    'parts',
    'part1',
    'all_bookings',
    'kept',
    'mood',
    'short',
    'twice',
    'nothing'
  ]
  const dry = await tenant.provision('--dry-run')
  expect(dry.code, dry.stdout).toBe(0)
  expect(dry.report.provision!.changes.map(({ address, verdict }) => ({ address, verdict }))).toEqual([
    { address: 'database.ownership', verdict: 'drifted' }
  ])
  const { differences } = dry.report.provision!.changes[0]!
  const named = differences.map(({ attribute }) => attribute).join('\n')
  for (const name of [...made, 'numbers', 'product', 'bookings']) expect(named).toContain(name)
  expect(differences.every(({ expected, actual }) => expected === 'harbour' && actual === 'postgres')).toBe(true)
  expect(await owners()).toContain('bookings|postgres')
  // A release of the app that comes next would fail at its own table.
  expect((await world.visit(world.url('booking.harbour.test', '/api/bookings'))).text).toContain('permission denied')

  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.changes.map(({ address }) => address)).toEqual(['database.ownership'])
  const after = await owners()
  expect(after.length).toBeGreaterThan(7)
  expect(after.filter((line) => !line.endsWith('|harbour'))).toEqual([])
  expect(await world.visit(world.url('booking.harbour.test', '/api/bookings'))).toMatchObject({
    status: 200,
    text: '0\n'
  })
  expect((await tenant.provision()).report).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
})

/** Each by hand, as somebody might; in sh, on the host, as root. */
type Damage = [what: string, address: string, script: string]

const altered: Damage[] = [
  ['its account is in another group', 'account', 'usermod --append --groups adm tenant-harbour'],
  ['its account has another shell', 'account', 'usermod --shell /bin/bash tenant-harbour'],
  ['its folder is open to all', 'folders', 'chmod 755 /srv/tenants/harbour'],
  ["its PM2 daemon's folder is root's", 'folders', 'chown root:root /srv/tenants/harbour/pm2'],
  ['it may write its own records', 'records', 'chown tenant-harbour /var/lib/tenant-deploy/records/harbour'],
  ['its role may make roles', 'database.role', 'sql "ALTER ROLE harbour CREATEROLE CREATEDB"'],
  ['its role may become another', 'database.role', 'sql "GRANT pg_read_all_data TO harbour"'],
  ['another role may become it', 'database.role', 'sql "GRANT harbour TO otherbrand"'],
  ['its password is another', 'database.role', `sql "ALTER ROLE harbour PASSWORD 'another'"`],
  ['everybody may connect', 'database', 'sql "GRANT CONNECT ON DATABASE harbour TO PUBLIC"'],
  ['another role may connect', 'database', 'sql "GRANT CONNECT ON DATABASE harbour TO otherbrand WITH GRANT OPTION"'],
  ["its database is the administrator's", 'database', 'sql "ALTER DATABASE harbour OWNER TO postgres"'],
  ['its database takes no connections', 'database', 'sql "ALTER DATABASE harbour ALLOW_CONNECTIONS false"'],
  [
    'its pool leads elsewhere',
    'pgbouncer.entry',
    `sed -i '/^harbour/s/dbname=harbour/dbname=otherbrand/' "$databases"`
  ],
  ['its unit is a link to another', 'boot', `ln -sfn /dev/null ${ENABLED}`],
  ['its log is open to all', 'logs', 'chmod 644 /var/log/nginx/harbour-app.access.log'],
  ['its site was edited', 'marketing.site', 'echo "# by hand" >>/etc/nginx/tenants.d/harbour-marketing.conf'],
  ['the unit was edited', 'host.boot', 'echo "# by hand" >>/etc/systemd/system/tenant@.service'],
  ["nginx' folder of sites is root's", 'host.folders', 'chown root /etc/nginx/tenants.d'],
  ['the credentials are open to all', 'host.pgbouncer', 'chmod 644 "$users"']
]
const gone: Damage[] = [
  ['its pool', 'pgbouncer.entry', `sed -i '/^harbour/d' "$databases"`],
  ['its credential', 'pgbouncer.entry', `sed -i '/^"harbour"/d' "$users"`],
  ['its unit', 'boot', `rm ${ENABLED}`],
  ['its log', 'logs', 'rm /var/log/nginx/harbour-app.access.log'],
  ['its site', 'app.site', 'rm /etc/nginx/tenants.d/harbour-app.conf'],
  ['its certificate', 'certificate', 'rm /etc/tenant-deploy/certificates/harbour'],
  ['the rules of sudo', 'host.sudo', 'rm /etc/sudoers.d/tenant-deploy'],
  ['the unit', 'host.boot', 'rm /etc/systemd/system/tenant@.service'],
  ['the line that includes the sites', 'host.nginx', `sed -i '/tenants.d/d' /etc/nginx/nginx.conf; nginx -s reload`],
  ['the line that includes the pools', 'host.pgbouncer', `sed -i '/^%include/,+1d' "$config"`]
]
/** The file is read without the entry, and put back unread. */
const forgotten: Damage = [
  'PgBouncer has not read its pool',
  'pgbouncer.route',
  `cp -p "$databases" "$databases.kept"; sed -i '/^harbour/d' "$databases"
kill -HUP "$(cat "$pid")"; sleep 1; mv "$databases.kept" "$databases"`
]

async function damage(scripts: string[]): Promise<void> {
  const { postgres, pgbouncer } = world.host
  const { config, databases, users, pid } = pgbouncer
  const names = 'port=$1 config=$2 databases=$3 users=$4 pid=$5'
  const sql = 'sql() { sudo -u postgres psql -qX -v ON_ERROR_STOP=1 -h /run/postgresql -p "$port" -c "$1"; }'
  const lines = [names, sql, ...scripts].join('\n')
  await tenant.must(['sh', '-ec', lines, 'sh', String(postgres.port), config, databases, users, pid])
}

test.each<[string, Damage[]]>([
  ['much that was altered at once', altered],
  ['much that is gone at once', gone],
  ['one pool that PgBouncer has not read', [forgotten]]
])('%s is found, and put right by one run', async (_, damages) => {
  await damage(damages.map(([, , script]) => script))
  const addresses = [...new Set(damages.map(([, address]) => address))]
  const dry = await tenant.provision('--dry-run')
  expect(dry.code, dry.stdout).toBe(0)
  const off = dry.report.provision!.findings.filter(({ verdict }) => verdict !== 'in-sync')
  expect(off.map(({ address }) => address)).toEqual(expect.arrayContaining(addresses))
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.changes.map(({ address }) => address)).toEqual(expect.arrayContaining(addresses))
  expect((await tenant.provision()).report).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
  expect(await endState(world, tenant)).toBe(whole)
  expect(await world.visit(world.url('booking.harbour.test', '/api/bookings'))).toMatchObject({
    status: 200,
    text: '0\n'
  })
})

test('where one thing alone differs, nothing else is touched', async () => {
  const [, address, script] = altered.find(([what]) => what === 'everybody may connect')!
  await damage([script])
  const ran = await tenant.provision()
  expect(ran.report.provision!.steps.map(({ name }) => name)).toEqual([address])
  expect(ran.report.provision!.changes).toMatchObject([
    { address, verdict: 'drifted', differences: [{ attribute: 'who may connect', expected: 'harbour' }] }
  ])
  expect(await endState(world, tenant)).toBe(whole)
})
