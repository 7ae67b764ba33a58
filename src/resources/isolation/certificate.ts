import type { CertificateRequest, FileRequest } from '../../facts/requests.ts'
import { certificateFiles, certificateFolder, tenantDomains } from '../../tenant/certificate.ts'
import type { Host } from '../../tenant/host.ts'
import type { Tenant } from '../../tenant/schema.ts'
import { hangUp, rootChange } from '../host/root-change.ts'
import { IN_SYNC, judged, missing, type Change, type Managed } from '../resource.ts'
import { placeholderChange } from './placeholder.ts'

type Q = { pair: CertificateRequest; certificate: FileRequest; key: FileRequest }

/** nginx finds a certificate and its key, so that it comes up; whether they are good ones is judged by another resource. */
export function certificateResource(host: Host, tenant: Tenant): Managed<Q> {
  const { certificate, key } = certificateFiles(host, tenant)
  return {
    address: 'certificate',
    requests: {
      pair: { kind: 'certificate', certificate, key },
      certificate: { kind: 'file', path: certificate },
      key: { kind: 'file', path: key }
    },
    remedy: `put a certificate and the key that belongs to it at ${certificate} and ${key}; what is there is not overwritten`,
    compare({ pair }) {
      if (!pair.exists) return missing(certificate, 'a certificate and its key')
      if (pair.keyMatches === true) return IN_SYNC
      return judged([{ attribute: key, expected: "the certificate's own key", actual: 'another key' }])
    },
    changes(facts) {
      const domains = tenantDomains(tenant)
      if (tenant.tls !== 'acme') {
        return facts.certificate.exists ? [] : [placeholderChange(certificate, key, domains)]
      }
      const folder = `${host.acme.certificates}/.placeholder/${tenant.name}`
      return [
        placeholderChange(`${folder}/fullchain.pem`, `${folder}/privkey.pem`, domains),
        linkChange(host, tenant, folder, 'let nginx use the placeholder')
      ]
    }
  }
}

/** Certificate and key change places with others at once: by one rename of the link to their folder. */
export function linkChange(host: Host, tenant: Tenant, folder: string, what: string): Change {
  return rootChange(what, {
    script: `${hangUp}
[ -s "$2/fullchain.pem" ] && [ -s "$2/privkey.pem" ] || { echo "there is no certificate in $2" >&2; exit 1; }
reload_due nginx
ln -sfn -- "$2" "$1.new"
mv -T -f -- "$1.new" "$1"
hang_up "$3" nginx`,
    args: [certificateFolder(host, tenant), folder, host.nginx.pid]
  })
}
