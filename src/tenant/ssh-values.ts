import { z } from 'zod'
import { text } from './text.ts'

/** The account of whoever may only look; tenants' accounts have names of their own kind. */
export const observerAccount = text({
  noun: 'an account for who may only look',
  pattern: /^[a-z_][a-z0-9_-]*$/,
  max: 32,
  write: 'lower-case letters, digits, underscores and hyphens, no digit or hyphen first',
  example: 'look',
  remedy: (name) => {
    if (name === 'root') return 'choose another name: root may do everything'
    return name.startsWith('tenant-')
      ? "choose a name that does not begin with tenant-: those are the tenants' accounts"
      : undefined
  }
})

/** What sshd reads as one key: no options before it, and nothing behind it but a comment of one word. */
export const publicKey = text({
  noun: 'a public SSH key',
  pattern:
    /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{60,2000}={0,2}(?: [A-Za-z0-9@._+-]{1,100})?$/,
  max: 2200,
  write: 'one line of a .pub file: its type, the key, and at most one word of comment',
  example: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f doctor',
  remedy: (key) => {
    if (/PRIVATE KEY/.test(key))
      return 'that is the private half, which has to be replaced now: write what stands in the .pub file'
    const [type = '', body = ''] = key.split(' ')
    const blob = Buffer.from(body, 'base64')
    const named = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1') : ''
    return named === type
      ? undefined
      : 'write one line of a .pub file as it is: its type and the key do not belong together'
  },
  hushed: true
})

const fingerprint = text({
  noun: 'the fingerprint of a host key',
  pattern: /^SHA256:[A-Za-z0-9+/]{43}$/,
  max: 50,
  write: 'what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints on the host',
  example: `SHA256:${'A'.repeat(43)}`
})

export const hostKey = z
  .union([fingerprint, z.array(fingerprint).min(1)])
  .transform((keys) => (typeof keys === 'string' ? [keys] : keys))
