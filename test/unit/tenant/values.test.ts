import { expect, test } from 'vitest'
import type { Path } from '../../../src/tenant/source.ts'
import { complaintsAbout, tenantWith } from './manifest.ts'

test.each([
  [['name'], 'hosts'],
  [['name'], 'a--b'],
  [['name'], 'a-'],
  [['name'], '1a'],
  [['name'], 'Acme'],
  [['name'], 'a'],
  [['name'], 'a'.repeat(25)],
  [['database', 'name'], 'postgres'],
  [['database', 'name'], 'template1'],
  [['database', 'name'], 'pgbouncer'],
  [['database', 'role'], 'pg_monitor'],
  [['database', 'role'], 'public'],
  [['database', 'role'], 'select'],
  [['database', 'role'], 'all'],
  [['database', 'role'], 'Acme'],
  [['database', 'role'], 'a'.repeat(64)],
  [['database', 'password'], 'GITHUB_TOKEN'],
  [['app', 'domain'], 'localhost'],
  [['app', 'domain'], '*.acme.example'],
  [['app', 'domain'], 'acme.example.'],
  [['app', 'domain'], '.acme.example'],
  [['app', 'domain'], 'Acme.example'],
  [['app', 'domain'], '-acme.example'],
  [['app', 'domain'], 'acme-.example'],
  [['app', 'domain'], 'ac_me.example'],
  [['app', 'domain'], 'acme..example'],
  [['app', 'domain'], '127.0.0.1'],
  [['app', 'domain'], 'acme.example:80'],
  [['app', 'domain'], `${'a'.repeat(64)}.example`],
  [['app', 'domain'], `${'abcdefg.'.repeat(32)}example`],
  [['app', 'source'], '/srv/app'],
  [['app', 'source'], 'a/-b'],
  [['app', 'source'], 'a/'],
  [['app', 'source'], '.'],
  [['app', 'source'], 'a/./b'],
  [['app', 'health'], 'api/health'],
  [['app', 'health'], '//evil.example/'],
  [['app', 'health'], '/api?x=1'],
  [['app', 'static', 'at'], '/'],
  [['app', 'static', 'at'], '/_next'],
  [
    ['app', 'ports'],
    [4101, 4101]
  ],
  [['app', 'ports'], [4101]],
  [
    ['app', 'ports'],
    [4101, 4102, 4103]
  ],
  [
    ['app', 'ports'],
    [80, 4102]
  ],
  [
    ['app', 'ports'],
    [65536, 4102]
  ],
  [
    ['app', 'ports'],
    [4101.5, 4102]
  ],
  [
    ['app', 'ports'],
    ['4101', 4102]
  ],
  [['app', 'ports'], { 0: 4101, 1: 4102 }],
  [
    ['app', 'cache'],
    ['a', 'a']
  ],
  [['app', 'body_limit'], '0m'],
  [['app', 'body_limit'], '10'],
  [['app', 'body_limit'], '10m 1'],
  [['app', 'drain_seconds'], 0],
  [['app', 'drain_seconds'], 601],
  [['app', 'health_seconds'], 1.5],
  [['app', 'build_minutes'], 61],
  [['app', 'env', 'PORT'], '1'],
  [['app', 'env', 'DATABASE_URL'], 'x'],
  [['app', 'env', 'NODE_OPTIONS'], '--require=x'],
  [['app', 'env', 'LD_PRELOAD'], '/tmp/x.so'],
  [['app', 'env', 'PM2_HOME'], '/tmp'],
  [['app', 'env', 'NODE_ENV'], 'test'],
  [['app', 'env', 'PATH'], '/tmp'],
  [['app', 'env', 'NODE_CHANNEL_FD'], '3'],
  [['app', 'secrets', 'RELEASE_ID'], 'X'],
  [['app', 'env', 'lower'], 'x'],
  [['app', 'env', '1X'], 'x'],
  [['app', 'env', 'FLAG'], true],
  [['app', 'env', 'COUNT'], 1],
  [['app', 'env', 'SESSION_SECRET'], 'in both'],
  [['app', 'headers', 'Set-Cookie'], 'a=b'],
  [['app', 'headers', 'content-length'], '0'],
  [['app', 'headers', 'permissions-policy'], 'camera=()'],
  [['marketing', 'source', 'repository'], 'https://user:pass@github.com/a/b'],
  [['marketing', 'source', 'repository'], 'https://token@github.com/a/b'],
  [['marketing', 'source', 'repository'], 'http://github.com/a/b'],
  [['marketing', 'source', 'repository'], 'file:///etc'],
  [['marketing', 'source', 'repository'], 'ext::sh -c x'],
  [['marketing', 'source', 'repository'], 'git@github.com:a/b'],
  [['marketing', 'source', 'repository'], 'https://github.com/a/b?x=1'],
  [['marketing', 'source', 'repository'], 'a/b/c'],
  [['marketing', 'source', 'repository'], 'a/..'],
  [['marketing', 'source', 'ref'], 'a..b'],
  [['marketing', 'source', 'ref'], '--upload-pack=x'],
  [['marketing', 'source', 'ref'], 'main.lock'],
  [['marketing', 'source', 'ref'], 'main/'],
  [['marketing', 'source', 'ref'], '@{-1}'],
  [['marketing', 'source', 'ref'], 'refs/heads/a:b'],
  [['marketing', 'source', 'ref'], 'a^'],
  [['marketing', 'source'], []],
  [['database'], undefined],
  [['app', 'start'], undefined],
  [['app', 'helth'], '/']
] as [Path, unknown][])('%j = %j is refused', (path, value) => {
  expect(complaintsAbout(tenantWith(path, value))).not.toEqual([])
})

test.each([
  [['app', 'domain'], 'xn--mnchen-3ya.example'],
  [['app', 'source'], 'apps/@acme/booking_app+1'],
  [['app', 'health'], '/'],
  [['app', 'headers', 'Content-Security-Policy'], "default-src 'self'; img-src 'self' https://*.acme.example data:"],
  [['marketing', 'source'], 'sites/acme'],
  [['marketing', 'source', 'repository'], 'https://git.acme.example:8443/team/website.git'],
  [['marketing', 'source', 'ref'], 'release/v1.2'],
  [['marketing', 'source', 'token'], undefined],
  [['marketing'], undefined],
  [['app', 'env', 'QUOTED'], 'say "hi"']
] as [Path, unknown][])('%j = %j is let in', (path, value) => {
  expect(complaintsAbout(tenantWith(path, value))).toEqual([])
})
