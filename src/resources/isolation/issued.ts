import type { CertificateFact } from '../../facts/facts.ts'
import type { CertificateRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import { certificateFiles, tenantDomains } from '../../tenant/certificate.ts'
import type { Host } from '../../tenant/host.ts'
import type { Tenant } from '../../tenant/schema.ts'
import { judged, missing, type Change, type Managed } from '../resource.ts'
import { linkChange } from './certificate.ts'
import { PLACEHOLDER } from './placeholder.ts'

export const DAY_MS = 86_400_000
/** When certbot renews; a certificate of few days, when a third of them is left. */
const RENEWED_DAYS = 30
/** A person who brings a certificate is told later than certbot renews one. */
const BROUGHT_DAYS = 21
const ISSUE_MS = 360_000

/** The certificate is a real one, for all of the tenant's domains, and does not run out soon. */
export function issuedResource(
  host: Host,
  tenant: Tenant,
  now: () => number = Date.now
): Managed<{ pair: CertificateRequest }> {
  const { certificate, key } = certificateFiles(host, tenant)
  const isAcme = tenant.tls === 'acme'
  return {
    address: 'certificate.issued',
    requests: { pair: { kind: 'certificate', certificate, key } },
    remedy: `put a certificate for ${tenantDomains(tenant).join(', ')} at ${certificate} with its key at ${key}, and reload nginx; or write \`tls: acme\` to have it issued and renewed`,
    compare({ pair }) {
      if (!pair.exists) return missing(certificate, 'a certificate and its key')
      const issuer = pair.issuer ?? 'unknown'
      const differences: Difference[] = []
      // A private authority of the operator's own may well sign a certificate by itself.
      if (issuer.includes(PLACEHOLDER)) differences.push(differs('issuer', 'an authority', 'none, it is a placeholder'))
      else if (isAcme && pair.selfSigned === true) differences.push(differs('issuer', 'an authority', 'itself'))
      const absent = tenantDomains(tenant).filter((domain) => !(pair.names ?? []).some((name) => covers(name, domain)))
      if (absent.length > 0)
        differences.push(differs('names', `also ${absent.join(', ')}`, (pair.names ?? []).join(', ') || 'none'))
      const until = pair.validToMs ?? 0
      if (until - now() < leastLeft(pair, isAcme))
        differences.push(differs('valid', 'for some weeks to come', `until ${new Date(until).toISOString()}`))
      return judged(differences)
    },
    changes: () => (isAcme ? [certbot(host, tenant), serve(host, tenant)] : [])
  }
}

function differs(attribute: string, expected: string, actual: string): Difference {
  return { attribute, expected, actual }
}

/** A wildcard stands for one label. */
function covers(name: string, domain: string): boolean {
  const lower = name.toLowerCase()
  return lower === domain || (lower.startsWith('*.') && domain.slice(domain.indexOf('.')) === lower.slice(1))
}

/** How long a certificate must be valid still, in ms; below that, nobody may be about to renew it. */
export function leastLeft(
  { validFromMs = 0, validToMs = 0 }: Pick<CertificateFact, 'validFromMs' | 'validToMs'>,
  isAcme: boolean
): number {
  return Math.min((isAcme ? RENEWED_DAYS : BROUGHT_DAYS) * DAY_MS, (validToMs - validFromMs) / 3)
}

const nameAtCertbot = (tenant: Tenant) => `tenant-${tenant.name}`

/**
 * One certbot at a time; it keeps what is still good, and remembers how it asked. Its own timer renews by that where it
 * looks, which is its default folder, and where it needs no `ca_file`: that stands in the environment, which it forgets.
 */
function certbot(host: Host, tenant: Tenant): Change {
  const { directory, email, ca_file: authority, webroot, config } = host.acme
  const apart = config === '/etc/letsencrypt' ? [] : ['--work-dir', `${config}/work`, '--logs-dir', `${config}/log`]
  const { command, config: main } = host.nginx
  return {
    what: `have a certificate issued by ${directory}`,
    as: 'root',
    command: {
      script: `umask 022
mkdir -p -m 0700 /run/tenant-deploy
exec 9>>/run/tenant-deploy/certbot
flock -w 180 9 || { echo 'another run holds /run/tenant-deploy/certbot' >&2; exit 75; }
if [ -n "$1" ]; then REQUESTS_CA_BUNDLE=$1; export REQUESTS_CA_BUNDLE; fi
shift
certbot certonly "$@" </dev/null 9>&-`,
      args: [
        ...[authority ?? '', '--non-interactive', '--agree-tos', '--server', directory, '--config-dir', config],
        ...apart,
        ...(email === undefined ? ['--register-unsafely-without-email'] : ['--email', email]),
        ...['--webroot', '-w', webroot, '--preferred-challenges', 'http', '--cert-name', nameAtCertbot(tenant)],
        ...tenantDomains(tenant).flatMap((domain) => ['-d', domain]),
        ...['--keep-until-expiring', '--renew-with-new-domains', '--deploy-hook', `${command} -c ${main} -s reload`]
      ],
      needs: ['certbot', 'flock']
    },
    deadlineMs: ISSUE_MS
  }
}

function serve(host: Host, tenant: Tenant): Change {
  const folder = `${host.acme.config}/live/${nameAtCertbot(tenant)}`
  return linkChange(host, tenant, folder, 'let nginx use the certificate that was issued')
}
