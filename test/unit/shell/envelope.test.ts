import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { envelopeCommand, envelopeInput, type EnvelopeOptions } from '../../../src/shell/envelope.ts'

const plain: EnvelopeOptions = {
  as: undefined,
  user: 'deploy',
  privilege: 'sudo',
  timeoutSeconds: undefined,
  path: []
}
const asRoot: EnvelopeOptions = { ...plain, user: 'root', privilege: 'root' }

test.each<[EnvelopeOptions, string]>([
  [plain, ''],
  [{ ...plain, timeoutSeconds: 60 }, 'timeout -k 10 60 '],
  [{ ...plain, as: 'tenant-acme' }, 'sudo -n -H -u tenant-acme -- '],
  [
    { ...plain, as: 'tenant-acme', timeoutSeconds: 5, path: ['/opt/bin'] },
    'sudo -n -H -u tenant-acme -- timeout -k 10 5 '
  ],
  [{ ...plain, as: 'deploy' }, ''],
  [{ ...plain, as: 'root', user: undefined }, 'sudo -n -H -u root -- '],
  [{ ...plain, as: 'root', user: 'root' }, ''],
  [{ ...asRoot, as: 'root', timeoutSeconds: 60 }, 'timeout -k 10 60 '],
  [{ ...asRoot, as: 'tenant-acme' }, 'sh -c '],
  [{ ...asRoot, as: 'postgres', timeoutSeconds: 5 }, 'sh -c ']
])('the command line is the same whatever runs: %j', (options, before) => {
  const line = envelopeCommand(options)
  const parts = line.split("'")
  const [outside, inside] = [0, 1].map((first) => parts.filter((_, index) => index % 2 === first))
  expect(line.startsWith(before)).toBe(true)
  expect(parts.at(-1)).toBe('')
  // Outside the quotes only words that every shell reads as words.
  expect(outside!.join(' ')).toMatch(/^[A-Za-z0-9 -]+$/)
  // Inside, no `'`, and nothing that fish (\), csh (!, newline) or zsh read there.
  expect(inside!.join(' ')).toMatch(/^[^'\\!\n]+$/)
  expect(envelopeCommand({ ...options, path: ['/elsewhere'] })).toBe(line)
})

test('as root, the account and the limit are words of their own', () => {
  const line = envelopeCommand({ ...asRoot, as: 'tenant-acme', timeoutSeconds: 60 })
  expect(line).toMatch(/^sh -c '.* setpriv .*' tenant-acme timeout -k 10 60 sh -c '/)
})

test('the input is one line, which says nothing in clear text', () => {
  const line = envelopeInput("echo 'hunter2'\n", '--mark--', { ...plain, path: ['/opt/a', '/opt/b'] })
  expect(line).toMatch(/^[A-Za-z0-9+/=]+\n$/)
  expect(Buffer.from(line, 'base64').toString()).toBe(
    `printf '%s\\n' --mark--\nPATH=/opt/a:/opt/b:"$PATH"; export PATH\necho 'hunter2'\n`
  )
})

test.each(['sh', 'bash'])('%s runs the script behind its marker, and leaves the rest of the input to it', (shell) => {
  const script = "printf '%s\\n' \"Zoë's\"\ncat\n"
  const input = `${envelopeInput(script, '--mark--', plain)}first\nsecond \\n\n`
  const out = execFileSync(shell, ['-c', envelopeCommand(plain)], { input, encoding: 'utf8' })
  expect(out).toBe("--mark--\nZoë's\nfirst\nsecond \\n\n")
})

test('folders of the host come first in PATH', () => {
  const options = { ...plain, path: ['/opt/first'] }
  const input = envelopeInput('echo "$PATH"', 'm', options)
  expect(execFileSync('sh', ['-c', envelopeCommand(options)], { input, encoding: 'utf8' })).toMatch(/^m\n\/opt\/first:/)
})
