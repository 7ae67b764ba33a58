import { afterAll, beforeAll, describe } from 'vitest'
import type { Patient } from '../world/patient.ts'
import { hospital, type Hospital } from '../world/patients.ts'
import { one, ward, type Fault, type Found, type Harm } from './faults.ts'
import { rounds } from './rounds.ts'

/** What somebody changes of what keeps a tenant apart on its host: the account, its folders, logs and start. */
const mended = ({ name }: Patient, found: Omit<Found, 'remedy'>): Harm =>
  one({ ...found, remedy: `tenant provision ${name}` })

const ofAccount: Record<string, Fault> = {
  'it has another shell': async (tenant) => {
    await tenant.sh('usermod --shell /bin/bash "$1"', tenant.account)
    return mended(tenant, { address: 'account', rows: [['shell', '/bin/sh', '/bin/bash']] })
  },

  'it is in one more group': async (tenant) => {
    await tenant.sh('usermod --append --groups adm "$1"', tenant.account)
    return mended(tenant, { address: 'account', rows: [['other groups', 'tenants', 'adm, tenants']] })
  },

  'it is not in the group of the tenants': async (tenant) => {
    await tenant.sh('gpasswd --delete "$1" tenants >/dev/null', tenant.account)
    return mended(tenant, { address: 'account', rows: [['other groups', 'tenants', 'none']] })
  }
}

const ofFolders: Record<string, Fault> = {
  'others may look into its folder': async (tenant) => {
    await tenant.sh('chmod 0755 "$1"', tenant.root)
    return mended(tenant, { address: 'folders', rows: [[`mode of ${tenant.root}`, '0750', '0755']] })
  },

  'nginx may not look into its folder': async (tenant) => {
    await tenant.sh('chmod 0700 "$1"', tenant.root)
    return mended(tenant, {
      address: 'folders',
      rows: [[`mode of ${tenant.root}`, '0750', '0700']],
      follows: ['app.public.health', 'marketing.public.page']
    })
  },

  "its folder is root's": async (tenant) => {
    await tenant.sh('chown root "$1"', tenant.root)
    return mended(tenant, {
      address: 'folders',
      rows: [[`owner of ${tenant.root}`, tenant.account, 'root']],
      follows: ['app.release', 'marketing.release']
    })
  },

  "others may talk to its PM2 daemon's socket": async (tenant) => {
    await tenant.sh('chmod 0755 "$1"', `${tenant.root}/pm2`)
    return mended(tenant, { address: 'folders', rows: [[`mode of ${tenant.root}/pm2`, '0700', '0755']] })
  }
}

const ofRecords: Record<string, Fault> = {
  'it may write them itself': async (tenant) => {
    const records = `/var/lib/tenant-deploy/records/${tenant.name}`
    await tenant.sh('chown "$2" "$1"', records, tenant.account)
    const rows: Found['rows'] = [[`owner of ${records}`, tenant.world.host.user, tenant.account]]
    return mended(tenant, { address: 'records', rows })
  }
}

const logOf = ({ name }: Patient) => `/var/log/nginx/${name}-marketing.access.log`

const ofLogs: Record<string, Fault> = {
  'others may read one': async (tenant) => {
    await tenant.sh('chmod o+r "$1"', logOf(tenant))
    return mended(tenant, { address: 'logs', rows: [[`mode of ${logOf(tenant)}`, 'no access for others', '0644']] })
  }
}

const linkOf = ({ name }: Patient) => `/etc/systemd/system/multi-user.target.wants/tenant@${name}.service`
const EXPECTED = 'a link to /etc/systemd/system/tenant@.service'

const ofStart: Record<string, Fault> = {
  'the link is gone': async (tenant) => {
    await tenant.sh('rm "$1"', linkOf(tenant))
    return mended(tenant, { address: 'boot', verdict: 'missing', rows: [[linkOf(tenant), EXPECTED, 'missing']] })
  },

  'the link leads nowhere': async (tenant) => {
    await tenant.sh('ln -sfn /dev/null "$1"', linkOf(tenant))
    return mended(tenant, { address: 'boot', rows: [[linkOf(tenant), EXPECTED, '/dev/null']] })
  }
}

rounds({
  'the account': ofAccount,
  'its folders': ofFolders,
  'its records': ofRecords,
  'its logs': ofLogs,
  'its start with the machine': ofStart
})

describe('what has nginx refuse its files, and so is told of the host too', () => {
  let world: Hospital
  beforeAll(async () => {
    world = await hospital()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  ward(() => world.patients[0]!).each({
    'a log is gone': async (tenant) => {
      await tenant.sh('rm "$1"', logOf(tenant))
      return mended(tenant, {
        address: 'logs',
        rows: [[logOf(tenant), 'a log closed to other accounts', 'missing']],
        follows: ['host.nginx.test']
      })
    },

    'the link to its certificate is gone': async (tenant) => {
      const link = `/etc/tenant-deploy/certificates/${tenant.name}`
      await tenant.sh('rm "$1"', link)
      return mended(tenant, {
        address: 'certificate',
        verdict: 'missing',
        rows: [[`${link}/fullchain.pem`, 'a certificate and its key', 'missing']],
        follows: ['host.nginx.test', 'certificate.issued']
      })
    },

    'that link leads to a certificate with the key of another': async (tenant) => {
      const link = `/etc/tenant-deploy/certificates/${tenant.name}`
      const key = `${link}/privkey.pem`
      await tenant.sh('mkdir /etc/brought; cp -L "$1"/*.pem /etc/brought; ln -sfn /etc/brought "$1"', link)
      await tenant.sh('openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1" 2>/dev/null', key)
      const rows: Found['rows'] = [[key, "the certificate's own key", 'another key']]
      return {
        ...mended(tenant, { address: 'certificate', rows, follows: ['host.nginx.test'] }),
        undo: () => tenant.sh('rm -r /etc/brought')
      }
    }
  })
})
