import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { loadFleet, loadTenant } from '../../../src/tenant/load.ts'
import { eachInItsRepository, failure, root, write } from './repository.ts'

eachInItsRepository()

describe('a host whose connection comes from a file', () => {
  const made = { address: '127.0.0.1', port: 2222, user: 'deploy', host_key: `SHA256:${'b'.repeat(43)}` }

  beforeEach(() => write('tenants/hosts/web-1.yml', 'name: web-1\nfrom: .made/host.json\nhttp_port: 8080\n'))

  test('is fine offline, and to connect asks for the file', () => {
    expect(loadFleet(root).hosts[0]).toMatchObject({ name: 'web-1', http_port: 8080 })
    for (const run of [() => loadTenant(root, 'acme'), () => loadFleet(root, { host: 'connect' })]) {
      expect(failure(run).message).toBe(
        'tenants/hosts/web-1.yml:2:7: from: .made/host.json does not exist: start the host that writes it (for the sandbox: npm run sandbox -- up)'
      )
    }
  })

  test('takes what it says beneath what the host file says', () => {
    write(
      '.made/host.json',
      JSON.stringify({ ...made, http_port: 1, key_file: '.made/id', nginx: { pid: '/run/a.pid' } })
    )
    const { host } = loadTenant(root, 'acme')
    expect(host).toMatchObject({ address: '127.0.0.1', port: 2222, http_port: 8080, host_key: [made.host_key] })
    expect(host.key_file).toBe(join(root, '.made/id'))
    expect(host.nginx).toMatchObject({ pid: '/run/a.pid', command: '/usr/sbin/nginx' })
  })

  test('is told what is wrong in the file, and where', () => {
    write('.made/host.json', JSON.stringify({ ...made, port: 0, nginx: { pdi: '/run/a.pid' } }, null, 2))
    const lines = failure(() => loadTenant(root, 'acme')).message.split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^\.made\/host\.json:3:11: port: 0 is not a whole number from 1 to 65535/),
      expect.stringMatching(/^\.made\/host\.json:7:5: nginx\.pdi: unknown key `pdi`: did you mean `pid`\?/)
    ])
  })

  test('may find notes of its maker there', () => {
    write('.made/host.json', JSON.stringify({ ...made, supervisor: { pid: 1 } }))
    expect(loadTenant(root, 'acme').host).not.toHaveProperty('supervisor')
  })

  test('is told what is missing from it', () => {
    write('.made/host.json', JSON.stringify({ address: '127.0.0.1' }))
    expect(failure(() => loadTenant(root, 'acme')).message).toMatch(
      /host\.json:1:1: user: is missing.*\n.*host_key: is missing/
    )
  })

  test('has its own ports checked once they are known', () => {
    write('.made/host.json', JSON.stringify({ ...made, postgres: { port: 4101 } }))
    expect(loadFleet(root).tenants).toHaveLength(2)
    expect(failure(() => loadTenant(root, 'acme')).message).toContain('port 4101 is the `postgres.port`')
    expect(loadTenant(root, 'bolt').host.postgres.port).toBe(4101)
  })
})
