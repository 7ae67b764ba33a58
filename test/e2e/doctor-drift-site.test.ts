import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Patient } from '../world/patient.ts'
import { hospital, type Hospital } from '../world/patients.ts'
import { elsewhere, expectHealthy, HASH, matching, one, ward, type Fault, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/** What somebody does to nginx and to the sites of a tenant. */
const config = '/etc/nginx/nginx.conf'
const line = 'include /etc/nginx/tenants.d/*.conf;'
const OLDER: Row = ['loaded by nginx', 'the file as it is', 'an older one']
const siteOf = ({ name }: Patient) => `/etc/nginx/tenants.d/${name}-app.conf`
const deploy = ({ name }: Patient) => `tenant deploy ${name} app`

/** Writes it as it was before, and has nginx know it. */
const back = async (tenant: Patient, path: string, text: string) => {
  await tenant.write(path, text)
  await tenant.reloadNginx()
}

const faults: Record<string, Fault> = {
  'the site is edited, and nginx reloaded': async (tenant) => {
    const site = siteOf(tenant)
    await tenant.sh('sed -i "s/client_max_body_size 10m;/client_max_body_size 1m;/" "$1"', site)
    await tenant.reloadNginx()
    const diff = matching(/\n- *client_max_body_size 1m;\n\+ *client_max_body_size 10m;\n/)
    return one({ address: 'app.site', rows: [[site, HASH, HASH]], diff, remedy: deploy(tenant) })
  },

  'the site is edited, and nginx does not know yet': (tenant) => {
    const site = siteOf(tenant)
    const diff = matching(/\n-# by hand\n/)
    return Promise.resolve({
      ...one({ address: 'app.site', rows: [[site, HASH, HASH], OLDER], diff, remedy: deploy(tenant) }),
      afterwards: () => tenant.sh('echo "# by hand" >>"$1"', site)
    })
  },

  'the site is touched: what nginx has loaded is older': (tenant) => {
    const site = siteOf(tenant)
    return Promise.resolve({
      ...one({ address: 'app.site', rows: [OLDER], remedy: deploy(tenant) }),
      afterwards: () => tenant.sh('sleep 0.1; touch "$1"', site)
    })
  },

  'the site is gone': async (tenant) => {
    const site = siteOf(tenant)
    await tenant.sh('rm "$1"', site)
    await tenant.reloadNginx()
    const follows = elsewhere('app')
    return one({
      address: 'app.site',
      verdict: 'missing',
      rows: [[site, 'the site', 'missing']],
      remedy: deploy(tenant),
      follows
    })
  },

  "the other lane's site is gone": async (tenant) => {
    const path = `/etc/nginx/tenants.d/${tenant.name}-marketing.conf`
    await tenant.sh('rm "$1"', path)
    await tenant.reloadNginx()
    return one({
      address: 'marketing.site',
      verdict: 'missing',
      rows: [[path, 'the site', 'missing']],
      remedy: `tenant deploy ${tenant.name} marketing`,
      follows: elsewhere('marketing')
    })
  }
}

rounds({ 'its part': faults })

describe('what all tenants share', () => {
  let world: Hospital
  beforeAll(async () => {
    world = await hospital()
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const patient = () => world.patients[0]!

  test('of what was just deployed nothing is found', () => expectHealthy(patient()))

  ward(patient).each({
    'the include is a comment': async (tenant) => {
      await tenant.sh('sed -i "s|include /etc/nginx/tenants.d|# &|" "$1"', config)
      await tenant.reloadNginx()
      return one({
        address: 'host.nginx',
        ofHost: true,
        rows: [[config, line, 'no such line']],
        remedy: `tenant provision ${tenant.name}`,
        follows: [...elsewhere('app'), ...elsewhere('marketing')]
      })
    },

    'a file of somebody else breaks the configuration': async (tenant) => {
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

    'nginx does not run': async (tenant) => {
      await tenant.sh('systemctl stop nginx')
      return one(
        {
          address: 'host.nginx',
          ofHost: true,
          rows: [['nginx', 'running', 'not running']],
          remedy: matching(/^see that nginx runs \(systemctl start nginx\)/),
          follows: ['host.nginx.test', 'app.site', 'marketing.site', 'app.public.health', 'marketing.public.page']
        },
        () => tenant.sh('systemctl start nginx')
      )
    },

    'nginx.conf is edited, and nginx does not know yet': async (tenant) => {
      const before = await tenant.read(config)
      await tenant.sh('sleep 0.1; echo "# by hand" >>"$1"', config)
      return one(
        { address: 'host.nginx', ofHost: true, rows: [OLDER], remedy: `tenant provision ${tenant.name}` },
        () => back(tenant, config, before)
      )
    }
  })
})
