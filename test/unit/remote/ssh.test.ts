import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connectSsh, fingerprint } from '../../../src/remote/ssh.ts'
import { connectError } from '../../../src/remote/ssh-errors.ts'
import { missingTool } from '../../../src/remote/tools.ts'
import { rejectionOf } from '../thrown.ts'

const pinned = `SHA256:${'a'.repeat(43)}`
const options = { address: 'web-1.example', port: 2222, user: 'deploy', hostKeys: [pinned] }

test('a fingerprint is the one that ssh-keygen prints', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fingerprint-'))
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')])
    const printed = execFileSync('ssh-keygen', ['-lf', join(folder, 'key.pub')], { encoding: 'utf8' })
    const blob = readFileSync(join(folder, 'key.pub'), 'utf8').split(' ')[1]!
    expect(printed).toContain(` ${fingerprint(Buffer.from(blob, 'base64'))} `)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('a connection that does not come up', () => {
  const failed = (message: string, more: object = {}) => Object.assign(new Error(message), more)

  test.each<[string, unknown, string | undefined, { kind: string; message: string }]>([
    [
      'a name that DNS does not know',
      failed('x', { code: 'ENOTFOUND' }),
      undefined,
      { kind: 'no-such-host', message: 'no such host: web-1.example' }
    ],
    [
      'DNS that does not answer',
      failed('x', { code: 'EAI_AGAIN' }),
      undefined,
      { kind: 'no-such-host', message: 'no such host: web-1.example' }
    ],
    [
      'nobody listens',
      failed('x', { code: 'ECONNREFUSED' }),
      undefined,
      { kind: 'refused', message: 'nothing accepts SSH at web-1.example port 2222' }
    ],
    [
      'another key than the pinned one',
      failed('Host denied (verification failed)', { level: 'handshake' }),
      'SHA256:other',
      { kind: 'host-key', message: `the host shows the key SHA256:other, which is not pinned (pinned: ${pinned})` }
    ],
    [
      'a key that is not let in',
      failed('All configured authentication methods failed', { level: 'client-authentication' }),
      pinned,
      { kind: 'authentication', message: 'the host does not accept this key for the account deploy' }
    ],
    [
      'silence',
      failed('Timed out while waiting for handshake', { level: 'client-timeout' }),
      undefined,
      { kind: 'unreachable', message: 'no answer from web-1.example port 2222' }
    ],
    [
      'silence of TCP',
      failed('x', { code: 'ETIMEDOUT' }),
      undefined,
      { kind: 'unreachable', message: 'no answer from web-1.example port 2222' }
    ],
    [
      'no way there',
      failed('x', { code: 'EHOSTUNREACH' }),
      undefined,
      { kind: 'unreachable', message: 'no answer from web-1.example port 2222' }
    ],
    [
      'no network',
      failed('x', { code: 'ENETUNREACH' }),
      undefined,
      { kind: 'unreachable', message: 'no answer from web-1.example port 2222' }
    ],
    [
      'something else',
      failed('Connection lost before handshake'),
      undefined,
      { kind: 'dropped', message: 'the SSH connection could not be set up: Connection lost before handshake' }
    ],
    ['no error at all', 'gone', undefined, { kind: 'dropped', message: 'the SSH connection could not be set up: gone' }]
  ])('%s', (_, thrown, seen, expected) => {
    const error = connectError(thrown, { name: 'deploy@web-1.example:2222', options, seen })
    expect(error).toMatchObject({ ...expected, where: 'deploy@web-1.example:2222', exitCode: 2 })
    expect(error.remedy).toBeTruthy()
  })
})

test.each<[string, object, string]>([
  ['there is none', {}, 'there is no SSH key to connect with'],
  ['it is no key', { privateKey: 'hunter2' }, 'the SSH key is not a private key in OpenSSH or PEM format'],
  [
    'it is half a key',
    { privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n' },
    'the SSH key is not a private key'
  ]
])('a private key is refused before a host is asked: %s', async (_, key, message) => {
  const error = await rejectionOf(connectSsh({ ...options, ...key }))
  expect(error).toMatchObject({ kind: 'secret', exitCode: 64 })
  expect(error.message).toContain(message)
  expect(`${error.message} ${error.remedy} ${error.where}`).not.toContain('hunter2')
})

test('a key with a passphrase is told from no key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'passphrase-'))
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'hunter2', '-f', join(folder, 'key')])
    const privateKey = readFileSync(join(folder, 'key'), 'utf8')
    const error = await rejectionOf(connectSsh({ ...options, privateKey }))
    expect(error).toMatchObject({ kind: 'secret', message: 'the SSH key is protected by a passphrase' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.each([
  ['rsync', 'apt-get install rsync'],
  ['/opt/node/bin/pm2', 'npm install --global pm2'],
  ['nginx', 'apt-get install nginx'],
  ['bun', 'install bun']
])('a missing %s names what to install', (tool, remedy) => {
  const error = missingTool(tool, 'the host')
  expect(error.kind).toBe('tool-missing')
  expect(error.remedy).toContain(remedy)
})
