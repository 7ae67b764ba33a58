import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Patient } from '../world/patient.ts'
import { hospital, type Hospital } from '../world/patients.ts'
import { HASH, matching, one, ward, type Fault, type Found, type Harm, type Row } from './faults.ts'
import { together } from './rounds.ts'

/** What happens to a host by itself, and what stands on it that no manifest declares. */
const SPACE = matching(/^see what takes the space/)
const sites = '/etc/nginx/tenants.d'
const started = '/etc/systemd/system/multi-user.target.wants'
const rule = '/etc/sudoers.d/tenant-deploy'
const unit = '/etc/systemd/system/tenant@.service'
const databasesOf = ({ world }: Patient) => world.host.pgbouncer.databases

const ofHost = (found: Omit<Found, 'ofHost'>, undo: () => Promise<unknown>): Harm =>
  one({ ...found, ofHost: true }, undo)
const mounted = (tenant: Patient, options: string) => tenant.sh('mount -t tmpfs -o "$1" tmpfs /tmp', options)
const unmount = (tenant: Patient) => tenant.sh('umount /tmp')

/** What no manifest declares. */
const stranger = (address: string, things: string[], undo: () => Promise<unknown>): Harm =>
  ofHost(
    {
      address: `unmanaged.${address}`,
      verdict: 'unmanaged',
      rows: things.map((thing): Row => [thing, 'in a manifest', 'in none']),
      remedy: matching(/^see whose it is, then declare it in a manifest, or remove it/)
    },
    undo
  )

/** What all tenants share. */
const shared = ({ name }: Patient, address: string, ...rows: Row[]): Harm =>
  one({ address, ofHost: true, rows, remedy: `tenant provision ${name}` })

const most: Record<string, Fault> = {
  'a disk is nearly full': async (tenant) => {
    await mounted(tenant, 'size=64m')
    await tenant.sh('head -c 62M /dev/zero >/tmp/large')
    const rows: Row[] = [['free space of /tmp', '10 % or 10 GiB', matching(/^3 % \(\d MiB\)$/)]]
    return ofHost({ address: 'host.disk', rows, remedy: SPACE }, () => unmount(tenant))
  },

  'its clock is behind': () => {
    const folder = mkdtempSync(join(tmpdir(), 'tenant-clock-'))
    const file = join(folder, 'clock.cjs')
    writeFileSync(file, 'const now = Date.now\nDate.now = () => now() + 330_000\n')
    const rows: Row[] = [['clock', 'within a minute of this machine', '5 minutes behind']]
    const remedy = matching(/^see that the host's clock is kept in time/)
    const harm = ofHost({ address: 'host.clock', rows, remedy }, () =>
      Promise.resolve(rmSync(folder, { recursive: true }))
    )
    return Promise.resolve({ ...harm, env: { NODE_OPTIONS: `--require ${file}` } })
  },

  'an update waits for a restart': async (tenant) => {
    await tenant.sh('echo wait >/run/reboot-required; printf "%s\\n" libc6 dbus >/run/reboot-required.pkgs')
    const rows: Row[] = [['restart', 'none pending', 'pending for dbus, libc6']]
    return ofHost({ address: 'host.reboot', rows, remedy: matching(/^restart the machine when/) }, () =>
      tenant.sh('rm /run/reboot-required /run/reboot-required.pkgs')
    )
  },

  'a forgotten tenant is one finding, with all that it has': async (tenant) => {
    await tenant.sh(
      `groupadd tenant-ghost-town; useradd -g tenant-ghost-town -G tenants -M -d /srv/tenants/ghost-town tenant-ghost-town
        install -d -o tenant-ghost-town -g www-data -m 0750 /srv/tenants/ghost-town
        echo "# nothing is served" >"$1/ghost-town-app.conf"
        ln -s /etc/systemd/system/tenant@.service "$2/tenant@ghost-town.service"
        ln -s /nowhere /etc/tenant-deploy/certificates/ghost-town
        echo "ghost_town = host=127.0.0.1" >>"$3"`,
      ...[sites, started, databasesOf(tenant)]
    )
    const things = [
      'account tenant-ghost-town',
      'folder /srv/tenants/ghost-town',
      `site ${sites}/ghost-town-app.conf`,
      'unit tenant@ghost-town',
      'certificate /etc/tenant-deploy/certificates/ghost-town',
      'entry ghost_town'
    ]
    return stranger('tenant ghost-town', things, () =>
      tenant.sh(
        `userdel tenant-ghost-town; rm -r /srv/tenants/ghost-town
          rm "$1/ghost-town-app.conf" "$2/tenant@ghost-town.service" /etc/tenant-deploy/certificates/ghost-town
          sed -i "/^ghost_town = /d" "$3"`,
        ...[sites, started, databasesOf(tenant)]
      )
    )
  },

  'a site by hand': async (tenant) => {
    const site = `${sites}/by-hand.conf`
    await tenant.sh('echo "# nothing is served" >"$1"; nginx -s reload', site)
    return stranger(`site ${site}`, [`site ${site}`], () => tenant.sh('rm "$1"; nginx -s reload', site))
  },

  'an entry of PgBouncer by hand': async (tenant) => {
    await tenant.sh('echo "reports = host=127.0.0.1" >>"$1"', databasesOf(tenant))
    return stranger('entry reports', ['entry reports'], () =>
      tenant.sh('sed -i "/^reports = /d" "$1"', databasesOf(tenant))
    )
  },

  'an account in the group of the tenants': async (tenant) => {
    await tenant.sh('useradd -G tenants somebody-else')
    return stranger('account somebody-else', ['account somebody-else'], () => tenant.sh('userdel somebody-else'))
  },

  'a folder where the tenants have theirs': async (tenant) => {
    await tenant.sh('mkdir /srv/tenants/backup')
    return stranger('folder /srv/tenants/backup', ['folder /srv/tenants/backup'], () =>
      tenant.sh('rmdir /srv/tenants/backup')
    )
  },

  'a certificate that nobody uses': async (tenant) => {
    const link = '/etc/tenant-deploy/certificates/former'
    await tenant.sh('ln -s /nowhere "$1"', link)
    return stranger(`certificate ${link}`, [`certificate ${link}`], () => tenant.sh('rm "$1"', link))
  },

  'the rule of sudo is edited': async (tenant) => {
    await tenant.sh('echo "deploy ALL=(postgres) NOPASSWD: ALL" >>"$1"', rule)
    return shared(tenant, 'host.sudo', [rule, HASH, HASH])
  },

  'the unit is edited': async (tenant) => {
    await tenant.sh('sed -i "s/^Type=.*/Type=simple/" "$1"', unit)
    return shared(tenant, 'host.boot', [unit, HASH, HASH])
  },

  "the tenants' folder is open to a group": async (tenant) => {
    await tenant.sh('chmod 0775 /srv/tenants')
    return shared(tenant, 'host.folders', ['mode of /srv/tenants', '0755', '0775'])
  }
}

/** Each is told of in one finding with one of those above. */
const others: Record<string, Fault> = {
  'a disk has room, and no inodes': async (tenant) => {
    await mounted(tenant, 'size=64m,nr_inodes=50')
    await tenant.sh('for each in $(seq 47); do : >/tmp/$each; done')
    const rows: Row[] = [['free inodes of /tmp', '10 % or 100,000', matching(/^\d % \(\d\)$/)]]
    return ofHost({ address: 'host.disk', rows, remedy: SPACE }, () => unmount(tenant))
  },

  'the rule of sudo may be read by others': async (tenant) => {
    await tenant.sh('chmod 0444 "$1"', rule)
    return shared(tenant, 'host.sudo', ['mode', '0440', '0444'])
  },

  "the file that nginx is had check is root's": async (tenant) => {
    await tenant.sh('chown root:root /etc/nginx/tenant-check.conf')
    return shared(tenant, 'host.folders', ['owner of /etc/nginx/tenant-check.conf', 'deploy', 'root'])
  }
}

together(most)
together(others)

describe('what all tenants share, and each of them suffers from', () => {
  let world: Hospital
  beforeAll(async () => {
    world = await hospital()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  ward(() => world.patients[0]!).each({
    'the group is gone': async (tenant) => {
      await tenant.sh(
        'sed "s/^tenants:/former:/" /etc/group >/etc/group.new; cat /etc/group.new >/etc/group; rm /etc/group.new'
      )
      return one(
        {
          address: 'host.group',
          ofHost: true,
          verdict: 'missing',
          rows: [['tenants', 'a group', 'missing']],
          remedy: `tenant provision ${tenant.name}`,
          follows: ['account']
        },
        () =>
          tenant.sh(
            `for each in $(getent group former | cut -d: -f4 | tr , ' '); do gpasswd --add "$each" tenants >/dev/null; done
            groupdel former`
          )
      )
    }
  })
})
