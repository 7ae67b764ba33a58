import { afterAll, beforeAll, inject, test } from 'vitest'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { elsewhere, expectHealthy, HASH, matching, one, ward, type Row } from './faults.ts'

/** What somebody does to nginx and to the sites of a tenant. */
const world = worldAt(inject('repository'))
const name = 'clinic'
const site = `/etc/nginx/tenants.d/${name}-app.conf`
const config = '/etc/nginx/nginx.conf'
const line = 'include /etc/nginx/tenants.d/*.conf;'
const OLDER: Row = ['loaded by nginx', 'the file as it is', 'an older one']
const remedy = `tenant deploy ${name} app`
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

/** Writes it as it was before, and has nginx know it. */
const back = async (path: string, text: string) => {
  await tenant.write(path, text)
  await tenant.reloadNginx()
}

test('of what was just deployed nothing is found', () => expectHealthy(tenant))

each({
  'the site is edited, and nginx reloaded': async () => {
    await tenant.sh('sed -i "s/client_max_body_size 10m;/client_max_body_size 1m;/" "$1"', site)
    await tenant.reloadNginx()
    const diff = matching(/\n- *client_max_body_size 1m;\n\+ *client_max_body_size 10m;\n/)
    return one({ address: 'app.site', rows: [[site, HASH, HASH]], diff, remedy })
  },

  'the site is edited, and nginx does not know yet': async () => {
    await tenant.sh('echo "# by hand" >>"$1"', site)
    const diff = matching(/\n-# by hand\n/)
    return one({ address: 'app.site', rows: [[site, HASH, HASH], OLDER], diff, remedy })
  },

  'the site is touched: what nginx has loaded is older': async () => {
    await tenant.sh('sleep 0.1; touch "$1"', site)
    return one({ address: 'app.site', rows: [OLDER], remedy })
  },

  'the site is gone': async () => {
    await tenant.sh('rm "$1"', site)
    await tenant.reloadNginx()
    const follows = elsewhere('app')
    return one({ address: 'app.site', verdict: 'missing', rows: [[site, 'the site', 'missing']], remedy, follows })
  },

  "the other lane's site is gone": async () => {
    const path = `/etc/nginx/tenants.d/${name}-marketing.conf`
    await tenant.sh('rm "$1"', path)
    await tenant.reloadNginx()
    return one({
      address: 'marketing.site',
      verdict: 'missing',
      rows: [[path, 'the site', 'missing']],
      remedy: `tenant deploy ${name} marketing`,
      follows: elsewhere('marketing')
    })
  },

  'the include is a comment': async () => {
    await tenant.sh('sed -i "s|include /etc/nginx/tenants.d|# &|" "$1"', config)
    await tenant.reloadNginx()
    return one({
      address: 'host.nginx',
      ofHost: true,
      rows: [[config, line, 'no such line']],
      remedy: `tenant provision ${name}`,
      follows: [...elsewhere('app'), ...elsewhere('marketing')]
    })
  },

  'a file of somebody else breaks the configuration': async () => {
    const path = '/etc/nginx/modules-enabled/99-bogus.conf'
    await tenant.sh('mkdir -p "${1%/*}"; echo "no_such_directive on;" >"$1"', path)
    return one(
      {
        address: 'host.nginx.test',
        ofHost: true,
        rows: [
          [config, 'accepted by nginx', matching(/^\[emerg\] unknown directive "no_such_directive" in .*99-bogus/)]
        ],
        remedy: matching(/^correct what nginx names, until .* -t accepts it/)
      },
      () => tenant.sh('rm "$1"', path)
    )
  },

  'nginx does not run': async () => {
    await tenant.sh(
      'nginx -s quit; for each in $(seq 100); do [ -e /run/nginx.pid ] || exit 0; sleep 0.1; done; exit 1'
    )
    return one(
      {
        address: 'host.nginx',
        ofHost: true,
        rows: [['nginx', 'running', 'not running']],
        remedy: matching(/^see that nginx runs \(systemctl start nginx\)/),
        follows: ['host.nginx.test', 'app.site', 'marketing.site', 'app.public.health', 'marketing.public.page']
      },
      () => tenant.sh('nginx </dev/null >/dev/null 2>&1')
    )
  },

  'nginx.conf is edited, and nginx does not know yet': async () => {
    const before = await tenant.read(config)
    await tenant.sh('sleep 0.1; echo "# by hand" >>"$1"', config)
    return one({ address: 'host.nginx', ofHost: true, rows: [OLDER], remedy: `tenant provision ${name}` }, () =>
      back(config, before)
    )
  }
})
