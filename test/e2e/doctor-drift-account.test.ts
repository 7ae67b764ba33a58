import { afterAll, beforeAll, describe, inject } from 'vitest'
import { make, untilWhen } from '../contract/isolation/certificates.ts'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { matching, one, ward, type Found, type Row } from './faults.ts'

/** What somebody changes of what keeps a tenant apart on its host: the account, its folders, logs, start and certificate. */
const world = worldAt(inject('repository'))
const name = 'tenement'
const account = `tenant-${name}`
const root = `/srv/tenants/${name}`
const domains = [`booking.${name}.test`, `book.${name}.test`, `www.${name}.test`, `${name}.test`]
const remedy = `tenant provision ${name}`
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

const mended = (found: Omit<Found, 'remedy'>) => one({ ...found, remedy })

describe('the account', () => {
  const address = 'account'

  each({
    'it has another shell': async () => {
      await tenant.sh('usermod --shell /bin/bash "$1"', account)
      return mended({ address, rows: [['shell', '/bin/sh', '/bin/bash']] })
    },

    'it is in one more group': async () => {
      await tenant.sh('usermod --append --groups adm "$1"', account)
      return mended({ address, rows: [['other groups', 'tenants', 'adm, tenants']] })
    },

    'it is not in the group of the tenants': async () => {
      await tenant.sh('gpasswd --delete "$1" tenants >/dev/null', account)
      return mended({ address, rows: [['other groups', 'tenants', 'none']] })
    }
  })
})

describe('its folders', () => {
  const address = 'folders'

  each({
    'others may look into its folder': async () => {
      await tenant.sh('chmod 0755 "$1"', root)
      return mended({ address, rows: [[`mode of ${root}`, '0750', '0755']] })
    },

    'nginx may not look into its folder': async () => {
      await tenant.sh('chmod 0700 "$1"', root)
      return mended({
        address,
        rows: [[`mode of ${root}`, '0750', '0700']],
        follows: ['app.public.health', 'marketing.public.page']
      })
    },

    "its folder is root's": async () => {
      await tenant.sh('chown root "$1"', root)
      return mended({
        address,
        rows: [[`owner of ${root}`, account, 'root']],
        follows: ['app.release', 'marketing.release']
      })
    },

    "others may talk to its PM2 daemon's socket": async () => {
      await tenant.sh('chmod 0755 "$1"', `${root}/pm2`)
      return mended({ address, rows: [[`mode of ${root}/pm2`, '0700', '0755']] })
    }
  })
})

describe('its records', () => {
  each({
    'it may write them itself': async () => {
      const records = `/var/lib/tenant-deploy/records/${account.replace('tenant-', '')}`
      await tenant.sh('chown "$2" "$1"', records, account)
      return mended({ address: 'records', rows: [[`owner of ${records}`, world.host.user, account]] })
    }
  })
})

describe('its logs', () => {
  const log = `/var/log/nginx/${name}-marketing.access.log`

  each({
    'others may read one': async () => {
      await tenant.sh('chmod o+r "$1"', log)
      return mended({ address: 'logs', rows: [[`mode of ${log}`, 'no access for others', '0644']] })
    },

    'one is gone': async () => {
      await tenant.sh('rm "$1"', log)
      return mended({
        address: 'logs',
        rows: [[log, 'a log closed to other accounts', 'missing']],
        follows: ['host.nginx.test']
      })
    }
  })
})

describe('its start with the machine', () => {
  const link = `/etc/systemd/system/multi-user.target.wants/tenant@${name}.service`
  const expected = 'a link to /etc/systemd/system/tenant@.service'

  each({
    'the link is gone': async () => {
      await tenant.sh('rm "$1"', link)
      return mended({ address: 'boot', verdict: 'missing', rows: [[link, expected, 'missing']] })
    },

    'the link leads nowhere': async () => {
      await tenant.sh('ln -sfn /dev/null "$1"', link)
      return mended({ address: 'boot', rows: [[link, expected, '/dev/null']] })
    }
  })
})

describe('its certificate', () => {
  const link = `/etc/tenant-deploy/certificates/${name}`
  const [certificate, key] = [`${link}/fullchain.pem`, `${link}/privkey.pem`]
  const visitors = ['app.public.certificate', 'marketing.public.certificate']
  /** Where `make` writes it, and nginx shows it from then on. */
  const bring = async (made: { names: string[]; from?: number; until: number }) => {
    await tenant.sh('ln -sfn "$2" "$1"; mkdir -p "$2"', link, '/etc/brought')
    await make(tenant.sh, certificate, key, made)
    await tenant.reloadNginx()
  }
  const removeBrought = () => tenant.sh('rm -r /etc/brought')

  each({
    'the link is gone': async () => {
      await tenant.sh('rm "$1"', link)
      return mended({
        address: 'certificate',
        verdict: 'missing',
        rows: [[certificate, 'a certificate and its key', 'missing']],
        follows: ['host.nginx.test', 'certificate.issued']
      })
    },

    'it leads to a certificate with the key of another': async () => {
      await tenant.sh('mkdir /etc/brought; cp -L "$1"/*.pem /etc/brought; ln -sfn /etc/brought "$1"', link)
      await tenant.sh('openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1" 2>/dev/null', key)
      const rows: Row[] = [[key, "the certificate's own key", 'another key']]
      return one({ address: 'certificate', rows, remedy, follows: ['host.nginx.test'] }, removeBrought)
    },

    'it runs out in ten days, and nobody renewed it': async () => {
      await bring({ names: domains, from: -80, until: 10 })
      const rows: Row[] = [untilWhen(10)]
      return one({ address: 'certificate.issued', rows, remedy, follows: visitors }, removeBrought)
    },

    'it is for other names': async () => {
      await bring({ names: domains.slice(2), from: -1, until: 80 })
      const rows: Row[] = [['names', `also ${domains.slice(0, 2).join(', ')}`, domains.slice(2).join(', ')]]
      return one({ address: 'certificate.issued', rows, remedy, follows: visitors.slice(0, 1) }, removeBrought)
    },

    'nginx has loaded an older one than the file': async () => {
      await bring({ names: domains, from: -80, until: 10 })
      await tenant.sh('ln -sfn "$2" "$1"', link, `/etc/letsencrypt/live/tenant-${name}`)
      return {
        // Both lanes show it.
        found: [
          {
            address: visitors[0]!,
            rows: [[domains.slice(0, 2).join(', '), 'valid for 21 days more', matching(/^(10|9) days left, until /)]],
            remedy: matching(/^on the host all is as it should be/),
            follows: visitors.slice(1)
          }
        ],
        undo: async () => {
          await tenant.reloadNginx()
          await removeBrought()
        }
      }
    }
  })
})
