import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dnsNames, lookAtCertificate } from '../../../src/facts/certificate.ts'
import { folderWith } from './folder.ts'

const ec = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']

/** A private authority with an RSA key, a certificate of its with another kind of key, and one that signed itself. */
function certificates(): string {
  const cwd = folderWith({ extensions: 'subjectAltName=DNS:shop.example,DNS:*.shop.example,IP:127.0.0.1\n' })
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd, stdio: 'pipe' })
  const request = (name: string, key: string[], ...more: string[]) =>
    openssl('req', '-newkey', ...key, '-noenc', '-keyout', `${name}.key`, '-subj', `/CN=${name}/O=Test`, ...more)
  request('authority', ['rsa:2048'], '-x509', '-out', 'authority.pem')
  request('shop', ec, '-new', '-out', 'shop.csr')
  const signer = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-set_serial', '7', '-days', '5']
  openssl('x509', '-req', '-in', 'shop.csr', ...signer, '-extfile', 'extensions', '-out', 'shop.pem')
  writeFileSync(
    `${cwd}/chain.pem`,
    ['shop', 'authority'].map((name) => execFileSync('cat', [`${cwd}/${name}.pem`])).join('')
  )
  const own = ['-addext', 'subjectAltName=DNS:own.example', '-addext', 'keyUsage=digitalSignature']
  request('own', ec, '-x509', '-days', '2', ...own, '-out', 'own.pem')
  openssl('pkcs8', '-topk8', '-in', 'own.key', '-passout', 'pass:hunter22', '-out', 'locked.key')
  return cwd
}

test('tells of a certificate what it is for, who issued it and until when, and whether the key is its own', async () => {
  const folder = certificates()
  const look = (certificate: string, key: string) =>
    lookAtCertificate({ kind: 'certificate', certificate: `${folder}/${certificate}`, key: `${folder}/${key}` })

  const chain = await look('chain.pem', 'shop.key')
  expect(chain).toMatchObject({
    exists: true,
    names: ['shop.example', '*.shop.example'],
    issuer: 'CN=authority, O=Test',
    selfSigned: false,
    keyMatches: true
  })
  expect((chain.validToMs ?? 0) - (chain.validFromMs ?? 0)).toBe(5 * 24 * 3600 * 1000)
  expect(await look('own.pem', 'own.key')).toMatchObject({ names: ['own.example'], selfSigned: true, keyMatches: true })
  expect(await look('chain.pem', 'own.key')).toMatchObject({ keyMatches: false })
  expect(await look('chain.pem', 'authority.key')).toMatchObject({ keyMatches: false })

  for (const [certificate, key] of [
    ['none', 'own.key'],
    ['own.pem', 'none']
  ] as const) {
    expect(await look(certificate, key)).toEqual({ exists: false })
  }
  await expect(look('own.key', 'own.key')).rejects.toThrow(/own.key does not hold a certificate in PEM$/)
  for (const key of ['own.pem', 'locked.key']) {
    await expect(look('own.pem', key)).rejects.toThrow(/ does not hold a private key without a passphrase in PEM$/)
  }
})

test('names with a comma in them are one name', () => {
  expect(dnsNames('DNS:a.example, DNS:"b, DNS:c.example", IP Address:127.0.0.1')).toEqual([
    'a.example',
    'b, DNS:c.example'
  ])
  expect(dnsNames(undefined)).toEqual([])
})
