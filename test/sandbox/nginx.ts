import { existsSync, writeFileSync } from 'node:fs'
import { TenantError } from '../../src/errors.ts'
import { defaultCertificate } from './certificates.ts'
import { run } from './command.ts'
import type { Ports } from './plan.ts'
import type { Traces } from './traces.ts'

// A server that knows nothing of a domain still answers 200, as a fresh installation does.
const defaultPage = '<!DOCTYPE html><title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>'

const configuration = (ports: Ports) => `user www-data;
worker_processes 2;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
include /etc/nginx/modules-enabled/*.conf;

events {
  worker_connections 768;
}

http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /var/log/nginx/access.log;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65;
  types_hash_max_size 2048;
  server_names_hash_bucket_size 128;
  ssl_protocols TLSv1.2 TLSv1.3;

  server {
    listen 127.0.0.1:${ports.http} default_server;
    listen 127.0.0.1:${ports.https} ssl default_server;
    server_name _;
    ssl_certificate ${defaultCertificate.certificate};
    ssl_certificate_key ${defaultCertificate.key};
    default_type text/html;
    return 200 '${defaultPage}';
  }
}
`

/** Starts nginx, which knows of no tenant. */
export async function startNginx(ports: Ports, traces: Traces): Promise<void> {
  if (existsSync('/run/nginx.pid')) {
    throw new TenantError('usage', 'nginx runs on this machine already, and the sandbox runs in place', {
      remedy: 'stop it, or run where mount namespaces are allowed'
    })
  }
  traces.path('/etc/nginx/nginx.conf')
  writeFileSync('/etc/nginx/nginx.conf', configuration(ports))
  traces.service('/run/nginx.pid')
  await run(['/usr/sbin/nginx'])
}
