import { expect, test } from 'vitest'
import { doctorMatrix } from '../../../src/tenant/doctor-matrix.ts'

const host = (name: string, kind: 'ssh' | 'local' | undefined = 'ssh', tenants = ['acme']) => ({ name, kind, tenants })

test('a job for each host, also where nobody is on it any more, by name', () => {
  const matrix = doctorMatrix([host('web-2'), host('web-1'), host('idle', 'ssh', []), host('broken', undefined)])
  expect(matrix.include).toEqual([
    { name: 'broken', hosts: 'broken', 'runs-on': 'ubuntu-latest' },
    { name: 'idle', hosts: 'idle', 'runs-on': 'ubuntu-latest' },
    { name: 'web-1', hosts: 'web-1', 'runs-on': 'ubuntu-latest' },
    { name: 'web-2', hosts: 'web-2', 'runs-on': 'ubuntu-latest' }
  ])
})

test('a host that nobody reaches is looked at by its own runner', () => {
  expect(doctorMatrix([host('harbour', 'local')]).include).toEqual([
    { name: 'harbour', hosts: 'harbour', 'runs-on': ['self-hosted', 'harbour'] }
  ])
})

test('no hosts are no jobs', () => {
  expect(doctorMatrix([])).toEqual({ include: [] })
})

test.each([256, 257, 1000, 10_000])('%i hosts fit into 256 jobs, each host in one', (count) => {
  const names = Array.from({ length: count }, (_, at) => `web-${at}`)
  const hosts = [...names.map((name) => host(name)), host('harbour', 'local')]
  const { include } = doctorMatrix(hosts)
  expect(include.length).toBeLessThanOrEqual(256)
  expect(include.flatMap(({ hosts }) => hosts.split(' ')).sort()).toEqual([...names, 'harbour'].sort())
  const sizes = include.filter(({ name }) => name !== 'harbour').map(({ hosts }) => hosts.split(' ').length)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
  expect(new Set(include.map(({ name }) => name)).size).toBe(include.length)
})
