import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { TenantError } from '../../src/errors.ts'
import { accountId } from './accounts.ts'
import { issue } from './certificates.ts'
import type { Ports } from './plan.ts'
import type { Traces } from './traces.ts'

const folder = '/etc/tenant-sandbox-acme'
const address = '127.0.0.1'
const tls = { certificate: `${folder}/server.crt`, privateKey: `${folder}/server.key` }

const configuration = (ports: Ports) => ({
  pebble: {
    listenAddress: `${address}:${ports.acme}`,
    managementListenAddress: `${address}:${ports.acmeManagement}`,
    ...tls,
    httpPort: ports.http,
    tlsPort: ports.https,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    // As long as the public authorities' own: 90 days.
    certificateValidityPeriod: 90 * 24 * 60 * 60
  }
})

// It writes its number before it becomes the program, so that one that was started can always be ended.
const asNobody = 'echo $$ >"$1"; shift; exec setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"'

interface Service {
  name: string
  process: ChildProcess
  log: string
}

function startService(name: string, argv: string[], traces: Traces): Service {
  const [pidFile, log] = [`${folder}/${name}.pid`, `${folder}/${name}.log`]
  traces.service(pidFile)
  const output = openSync(log, 'w')
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' }
  const stdio = ['ignore', output, output] as const
  const child = spawn('sh', ['-c', asNobody, 'sh', pidFile, ...argv], {
    cwd: '/',
    env,
    stdio: [...stdio],
    detached: true
  })
  closeSync(output)
  child.unref()
  return { name, process: child, log }
}

function ask(url: string, authority: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ca: authority, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))))
      response.on('error', reject)
    }).on('error', reject)
  })
}

/** Asks until there is an answer; gives up when a service has ended. */
async function answerOf(url: string, authority: string, services: Service[]): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const ended = services.find(({ process }) => process.exitCode !== null || process.signalCode !== null)
    try {
      if (ended === undefined) return await ask(url, authority)
    } catch (error) {
      if (tries < 400) {
        await sleep(25)
        continue
      }
      throw new TenantError('command', `pebble does not answer at ${url}`, { where: 'the sandbox', cause: error })
    }
    const log = readFileSync(ended.log, 'utf8').slice(-4000)
    throw new TenantError('command', `${ended.name} ended as soon as it was started`, { where: 'the sandbox', log })
  }
}

/**
 * Starts an authority that issues certificates over ACME to whoever answers at a domain, and a name server that says
 * of every domain that it is this host. Answers the root, in PEM, that its certificates are signed by.
 */
export async function startAuthority(ports: Ports, authority: string, traces: Traces): Promise<string> {
  traces.path(folder)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  await issue(['localhost', address], tls.certificate, tls.privateKey)
  chownSync(tls.privateKey, await accountId('nobody'), await accountId('nobody', '-g'))
  const config = `${folder}/pebble.json`
  writeFileSync(config, `${JSON.stringify(configuration(ports), undefined, 2)}\n`)
  const dns = `${address}:${ports.dns}`
  const names = [
    '-dns01',
    dns,
    '-defaultIPv4',
    address,
    '-defaultIPv6',
    '',
    '-management',
    `${address}:${ports.dnsManagement}`
  ]
  const unused = ['-http01', '', '-https01', '', '-tlsalpn01', '']
  const services = [
    startService('pebble-challtestsrv', ['/usr/bin/pebble-challtestsrv', ...names, ...unused], traces),
    startService('pebble', ['/usr/bin/pebble', '-config', config, '-dnsserver', dns], traces)
  ]
  await answerOf(`https://${address}:${ports.acme}/dir`, authority, services)
  return answerOf(`https://${address}:${ports.acmeManagement}/roots/0`, authority, services)
}
