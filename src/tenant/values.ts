import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { reservedEnv, reservedEnvPrefix, reservedHeaders, reservedSecrets } from './reserved.ts'
import { text } from './text.ts'

/*
 * What a value may be. Each of these ends up in nginx' configuration, in a command line, in SQL, in an env file or with
 * PM2, so each pattern lists the characters that are let in: nothing that any of those reads as more than text.
 */

/** `tenant-` before it still fits the 32 characters of a Unix account. */
export const tenantName = text({
  noun: 'a name for a tenant',
  pattern: /^[a-z](?:-?[a-z0-9])+$/,
  max: 24,
  write: '2 to 24 lower-case letters, digits and single hyphens, a letter first',
  example: 'yourbrand',
  remedy: (name) => (name === 'hosts' ? 'choose another name: the folder tenants/hosts holds the hosts' : undefined)
})

export const hostName = text({
  noun: 'a name for a host',
  pattern: /^[a-z](?:-?[a-z0-9])*$/,
  max: 40,
  write: 'the name of a file in tenants/hosts without `.yml`, in lower-case letters, digits and single hyphens',
  example: 'web-1'
})

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'

export const domain = text({
  noun: 'a domain name',
  pattern: new RegExp(`^(?:${label}\\.)+(?!\\d+$)${label}$`),
  max: 253,
  write: 'lower-case letters, digits and hyphens, with at least one dot, no port and no path',
  example: 'booking.example.com',
  remedy: (name) => {
    if (/^https?:\/\//i.test(name)) return 'write the domain alone, without https:// and without a path'
    if (name.startsWith('*.')) return 'write each domain by itself: a wildcard is not served'
    const ascii = /^[\p{L}\p{M}\p{N}.-]+$/u.test(name) && /[^\x20-\x7e]/.test(name) ? domainToASCII(name) : ''
    return ascii === '' ? undefined : `write its ASCII form ${ascii}, if these are the letters that you mean`
  }
})

/** A host as this machine reaches it. */
export const address = text({
  noun: 'a host name or an IP address',
  pattern: new RegExp(`^(?:(?:${label}\\.)*(?!\\d+$)${label}|\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$`),
  max: 253,
  write: 'a host name in lower case or an IP address, without port and user',
  example: 'web-1.example.com',
  remedy: (value) =>
    /^[\d.]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/.test(value) && isIP(value) === 0
      ? 'write an IP address, such as 203.0.113.7; the port has a key of its own'
      : undefined
})

export const ipAddress = text({
  noun: 'an IP address',
  pattern: /^[0-9a-f:.]+$/,
  max: 45,
  write: 'an IPv4 or IPv6 address',
  example: '127.0.0.1',
  remedy: (value) => (isIP(value) === 0 ? 'write an IPv4 or IPv6 address, such as 127.0.0.1' : undefined)
})

// A segment never begins with a hyphen, and never is `.` or `..`.
const segment = '(?!\\.{1,2}(?:/|$))[A-Za-z0-9._@+][A-Za-z0-9._@+-]*'
const segments = `${segment}(?:/${segment})*`
const inPaths = 'letters, digits and . _ @ + -, without `..`, and no part that begins with a hyphen'

export const absolutePath = text({
  noun: 'an absolute path',
  pattern: new RegExp(`^/${segments}$`),
  max: 200,
  write: `a path that begins with / and holds only ${inPaths}`,
  example: '/etc/ssl/tenants/yourbrand.crt'
})

export const relativePath = text({
  noun: 'a path inside the folder',
  pattern: new RegExp(`^${segments}$`),
  max: 200,
  write: `a relative path of ${inPaths}`,
  example: 'apps/booking'
})

/** A file on this machine, read by this program and handed to nothing else. */
export const localPath = text({
  noun: 'a path on this machine',
  pattern: /^[^\p{C}\p{Zl}\p{Zp}]+$/u,
  max: 1000,
  write: 'an absolute path, or one that begins at the root of the repository',
  example: '.sandbox/id_ed25519',
  remedy: (path) => (path.startsWith('~') ? 'write the whole path: ~ is something that only a shell knows' : undefined)
})

const urlSegment = '(?!\\.{1,2}(?:/|$))[A-Za-z0-9._~@+-]+'

export const urlPath = text({
  noun: 'the path of a URL',
  pattern: new RegExp(`^/(?:${urlSegment}(?:/${urlSegment})*/?)?$`),
  max: 200,
  write: 'a path that begins with / and holds only letters, digits and . _ ~ @ + -, without a query',
  example: '/api/health'
})

export const urlPrefix = text({
  noun: 'the beginning of a URL path',
  pattern: new RegExp(`^/(?:${urlSegment}/)+$`),
  max: 200,
  write: 'a path that begins and ends with /',
  example: '/_next/static/'
})

export const unixAccount = text({
  noun: 'a Unix account',
  pattern: /^[a-z_][a-z0-9_-]*$/,
  max: 32,
  write: 'lower-case letters, digits, underscores and hyphens, no digit or hyphen first',
  example: 'deploy'
})

export const secretName = text({
  noun: 'the name of a secret',
  pattern: /^[A-Z_][A-Z0-9_]*$/,
  max: 128,
  write: 'the name under which the repository keeps the secret, in upper case, never its value',
  example: 'YOURBRAND_DATABASE_PASSWORD',
  remedy: (name) => {
    if (name.startsWith('GITHUB_')) return 'choose another name: GitHub keeps GITHUB_ for itself'
    return reservedSecrets.has(name) ? 'choose another secret: this one belongs to the deploy itself' : undefined
  },
  hushed: true
})

export const envName = text({
  noun: 'a name for an environment variable of the app',
  pattern: /^[A-Z][A-Z0-9_]*$/,
  max: 128,
  write: 'upper-case letters, digits and underscores, a letter first',
  example: 'BRAND_NAME',
  remedy: (name) =>
    reservedEnv.has(name) || reservedEnvPrefix.test(name)
      ? 'remove it, or choose another name: this one is set by the deploy or changes how programs run'
      : undefined
})

export const envValue = text({
  noun: 'a value for an env file',
  pattern: /^[^\p{C}\p{Zl}\p{Zp}$`\\]*$/u,
  max: 4096,
  write: 'one line of at most 4096 printable characters without $, ` and \\, which readers of env files expand',
  example: 'Your Brand',
  hushed: true
})

export const headerName = text({
  noun: 'the name of a response header',
  pattern: /^[A-Za-z][A-Za-z0-9-]*$/,
  max: 64,
  write: 'letters, digits and hyphens',
  example: 'Permissions-Policy',
  remedy: (name) => (reservedHeaders.has(name.toLowerCase()) ? 'remove it: nginx and the app set this one' : undefined)
})

export const headerValue = text({
  noun: 'a value for a response header',
  pattern: /^[A-Za-z0-9 '();=,*:/._~+?&%@!#<>|-]+$/,
  max: 4096,
  write: "one line of letters, digits, spaces and ' ( ) ; = , * : / . _ ~ + ? & % @ ! # < > | -",
  example: 'geolocation=(), camera=()'
})

const word = '[A-Za-z0-9._/:=@%+,-]+'

/** A command and its arguments, run as they are: no shell ever reads them. */
const commandLine = text({
  noun: 'a plain command',
  pattern: new RegExp(`^(?![-=])(?![^ ]*=)${word}(?: ${word})*$`),
  max: 1000,
  write:
    'words parted by single spaces, of letters, digits and . _ / : = @ % + , -; put what needs a shell in a script of package.json',
  example: 'npm run build',
  remedy: (command) =>
    /^[A-Za-z_][A-Za-z0-9_]*=/.test(command) ? 'write the command alone, and the variable under `env`' : undefined
})

export const command = commandLine.transform((line) => line.split(' '))

export const byteSize = text({
  noun: 'a size',
  pattern: /^[1-9][0-9]{0,3}[km]$/,
  max: 5,
  write: 'a number with k or m after it',
  example: '10m'
})

export const repository = text({
  noun: 'a repository',
  pattern: new RegExp(
    `^(?:https://${label}(?:\\.${label})*(?::[1-9][0-9]{0,4})?/${segments}|[A-Za-z0-9][A-Za-z0-9-]{0,38}/${segment})$`
  ),
  max: 300,
  write: 'owner/name on GitHub or an https:// address without user and password',
  example: 'yourbrand/website',
  hushed: true
})

export const httpsUrl = text({
  noun: 'an https:// address',
  pattern: new RegExp(`^https://${label}(?:\\.${label})*(?::[1-9][0-9]{0,4})?(?:/(?:${segments})?)?$`),
  max: 300,
  write: 'an address that begins with https://, without user, password and query',
  example: 'https://acme-v02.api.letsencrypt.org/directory'
})

export const email = text({
  noun: 'an e-mail address',
  pattern: new RegExp(`^[A-Za-z0-9][A-Za-z0-9._+-]*@(?:${label}\\.)+${label}$`),
  max: 254,
  write: 'one address without a name before it',
  example: 'ops@example.com'
})

export const gitRef = text({
  noun: 'a branch, a tag or a commit',
  pattern: /^(?!.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[A-Za-z0-9][A-Za-z0-9._/-]*(?<![./])$/,
  max: 200,
  write: 'the name of a branch or tag, or a commit, in letters, digits and . _ / -',
  example: 'main'
})
