import { make, untilWhen } from '../contract/isolation/certificates.ts'
import type { Patient } from '../world/patient.ts'
import { matching, one, type Fault, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/** What becomes of a tenant's certificate, on disk and in what nginx has loaded of it. */
const ON_HOST = /^on the host all is as it should be/
const VISITORS = ['app.public.certificate', 'marketing.public.certificate']

const folderOf = ({ name }: Patient) => `/etc/tenant-deploy/certificates/${name}`
const broughtOf = ({ name }: Patient) => `/etc/ssl/brought-for-${name}`
const provision = ({ name }: Patient) => `tenant provision ${name}`
const domainsOf = ({ name }: Patient): [string, string, string, string] => [
  `booking.${name}.test`,
  `book.${name}.test`,
  `www.${name}.test`,
  `${name}.test`
]
const ofApp = (tenant: Patient) => domainsOf(tenant).slice(0, 2).join(', ')

/** Another certificate stands where its own did, and nginx shows it. */
async function bring(tenant: Patient, made: { names: string[]; from?: number; until: number }): Promise<void> {
  const [folder, brought] = [folderOf(tenant), broughtOf(tenant)]
  await tenant.sh('mkdir "$2"; cp -P "$1" "$2/own"; ln -sfn "$2" "$1"', folder, brought)
  await make(tenant.sh, `${folder}/fullchain.pem`, `${folder}/privkey.pem`, made)
  await tenant.reloadNginx()
}
const removeBrought = (tenant: Patient) => tenant.sh('rm -r "$1"', broughtOf(tenant))

/** Its own is put back, and nginx is not told. */
const putBack = (tenant: Patient) => tenant.sh('mv -T "$2/own" "$1"', folderOf(tenant), broughtOf(tenant))

/** It is shown and stands nowhere any more: both lanes show it. */
async function shown(tenant: Patient, made: Parameters<typeof bring>[1], row: Row) {
  await bring(tenant, made)
  const [address = '', ...follows] = VISITORS
  return {
    ...one({ address, rows: [row], remedy: matching(ON_HOST), follows }, async () => {
      await tenant.reloadNginx()
      await removeBrought(tenant)
    }),
    afterwards: () => putBack(tenant)
  }
}

const onDisk: Record<string, Fault> = {
  'it runs out in ten days, and nobody renewed it': async (tenant) => {
    await bring(tenant, { names: domainsOf(tenant), from: -80, until: 10 })
    const found = { address: 'certificate.issued', rows: [untilWhen(10)], follows: VISITORS }
    return one({ ...found, remedy: provision(tenant) }, () => removeBrought(tenant))
  },

  'it ends soon': async (tenant) => {
    await bring(tenant, { names: domainsOf(tenant), from: -60, until: 3 })
    const rows: Row[] = [['valid', 'for some weeks to come', matching(/^until /)]]
    const found = { address: 'certificate.issued', rows, follows: VISITORS }
    return one({ ...found, remedy: provision(tenant) }, () => removeBrought(tenant))
  },

  'it is for other names': async (tenant) => {
    const domains = domainsOf(tenant)
    await bring(tenant, { names: domains.slice(2), from: -1, until: 80 })
    const rows: Row[] = [['names', `also ${domains.slice(0, 2).join(', ')}`, domains.slice(2).join(', ')]]
    const found = { address: 'certificate.issued', rows, follows: VISITORS.slice(0, 1) }
    return one({ ...found, remedy: provision(tenant) }, () => removeBrought(tenant))
  },

  'it is not for the domains that redirect': async (tenant) => {
    const [booking, book, www, bare] = domainsOf(tenant)
    await bring(tenant, { names: [booking, www], from: -60, until: 60 })
    const rows: Row[] = [['names', `also ${book}, ${bare}`, `${booking}, ${www}`]]
    const found = { address: 'certificate.issued', rows, follows: VISITORS }
    return one({ ...found, remedy: provision(tenant) }, () => removeBrought(tenant))
  }
}

const shownStill: Record<string, Fault> = {
  'an older one than the file': (tenant) =>
    shown(tenant, { names: domainsOf(tenant), from: -80, until: 10 }, [
      ofApp(tenant),
      'valid for 21 days more',
      matching(/^(10|9) days left, until /)
    ]),

  'one for other domains': (tenant) =>
    shown(tenant, { names: ['parked.test'], from: -60, until: 60 }, [
      ofApp(tenant),
      'a certificate for this domain',
      'one for parked.test'
    ]),

  'one that ends soon': (tenant) =>
    shown(tenant, { names: domainsOf(tenant), from: -60, until: 3 }, [
      ofApp(tenant),
      matching(/^valid for \d+ days more$/),
      matching(/^2 days left, until /)
    ])
}

rounds({ 'on disk': onDisk, 'nginx shows still': shownStill })
