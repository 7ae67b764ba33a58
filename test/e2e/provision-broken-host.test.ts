import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { cloned } from '../world/cloned.ts'
import type { Ran } from '../world/world.ts'
import { expectFailure, type Expected } from './refusal.ts'

/** What is broken on the host ends a run with one error; and once it is mended, the next run goes through. */
const world = await cloned()
let tenant: FreshTenant

beforeAll(async () => {
  tenant = await freshTenant(world, 'harbour')
})

afterAll(() => tenant.forget())

/** What somebody broke on the host, and how they mend it; in sh, as root. */
interface Broken extends Expected {
  what: string
  breakIt: string
  mendIt: string
}

const broken: Broken[] = [
  {
    what: 'no Node.js',
    breakIt: 'mv /usr/local/bin/node /root/node; [ ! -e /usr/bin/node ] || mv /usr/bin/node /root/usr-node',
    mendIt: 'mv /root/node /usr/local/bin/node; [ ! -e /root/usr-node ] || mv /root/usr-node /usr/bin/node',
    ...{
      code: 2,
      kind: 'tool-missing',
      message: /^node is missing$/,
      where: /^deploy@10\./,
      remedy: /[Ii]nstall/
    }
  },
  {
    what: 'PostgreSQL is stopped',
    breakIt: 'systemctl stop "postgresql@*"',
    mendIt: 'systemctl start postgresql',
    ...{
      code: 2,
      kind: 'host-answer',
      step: 'database.role',
      message: /^could not look at database\.role: psql: /,
      where: /database/,
      remedy: /PostgreSQL|postgres|host says/
    }
  },
  {
    what: 'PgBouncer is stopped',
    breakIt: 'systemctl stop pgbouncer',
    mendIt: 'systemctl start pgbouncer',
    ...{
      code: 2,
      kind: 'provision',
      message: /PgBouncer/,
      where: /pgbouncer/,
      remedy: /PgBouncer|log below/,
      log: /refused/
    }
  },
  {
    what: "nginx' configuration is broken",
    breakIt: 'cp -p /etc/nginx/nginx.conf /root/nginx.conf; echo "no such directive;" >>/etc/nginx/nginx.conf',
    mendIt: 'mv /root/nginx.conf /etc/nginx/nginx.conf',
    ...{
      code: 2,
      kind: 'provision',
      message: /let nginx use the placeholder/,
      where: /^certificate on /,
      remedy: /log below/,
      log: /goes on with what it read before[^]*unknown directive "no"/
    }
  },
  {
    what: 'a file stands where its folder goes',
    breakIt: 'echo precious >/srv/tenants/harbour',
    mendIt: '[ "$(cat /srv/tenants/harbour)" = precious ]; rm /srv/tenants/harbour',
    ...{
      code: 2,
      kind: 'provision',
      message: /make the folder \/srv\/tenants\/harbour/,
      where: /^folders on /,
      remedy: /log below/
    }
  },
  {
    what: 'a link stands where its folder goes',
    breakIt: 'mkdir /tmp/elsewhere; ln -s /tmp/elsewhere /srv/tenants/harbour',
    mendIt: '[ "$(stat -c %U /tmp/elsewhere)" = root ]; rm /srv/tenants/harbour; rmdir /tmp/elsewhere',
    ...{
      code: 2,
      kind: 'provision',
      message: /make the folder \/srv\/tenants\/harbour/,
      where: /^folders on /,
      remedy: /log below/
    }
  },
  {
    what: "its account's name is root's",
    breakIt:
      'useradd --non-unique --uid 0 --gid 0 --no-create-home --home-dir /srv/tenants/harbour --shell /bin/sh tenant-harbour',
    mendIt: 'sed -i "/^tenant-harbour:/d" /etc/passwd /etc/shadow',
    ...{
      code: 2,
      kind: 'provision',
      message: /account/,
      where: /account/,
      step: 'account',
      remedy: /userdel tenant-harbour/
    }
  }
]

test.each(broken)('$what', async ({ breakIt, mendIt, ...expected }) => {
  await tenant.remove()
  let ran: Ran
  await tenant.must(['sh', '-ec', breakIt])
  try {
    ran = await tenant.provision()
  } finally {
    await tenant.must(['sh', '-ec', mendIt])
  }
  expectFailure(ran, tenant.password, expected)
  const next = await tenant.provision()
  expect(next.code, next.stdout + next.stderr).toBe(0)
  expect(next.report.provision!.findings.filter(({ verdict }) => verdict !== 'in-sync')).toEqual([])
  expect((await tenant.provision()).report).toMatchObject({ changed: false, exitCode: 0 })
})

test('an account of its name with a home of its own becomes the tenant’s', async () => {
  await tenant.remove()
  await tenant.must(['useradd', '--create-home', '--home-dir', '/home/somebody-else', tenant.account])
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(await tenant.must(['getent', 'passwd', tenant.account])).toMatch(/:\/srv\/tenants\/harbour:\/bin\/sh\n$/)
  expect(await tenant.must(['ls', '-d', '/home/somebody-else'])).toBe('/home/somebody-else\n')
  await tenant.must(['rm', '-r', '/home/somebody-else'])
})
