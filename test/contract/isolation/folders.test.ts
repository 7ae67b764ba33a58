import { describe, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { drifted, estate, missing, type Row } from './estate.ts'

const world = await cloned()
const account = 'tenant-otherbrand'
const root = '/srv/tenants/otherbrand'
const pm2 = `${root}/pm2`
const tenant = estate(world, 'otherbrand')
const { sh, about, mends, off, converge } = tenant

describe('folders', () => {
  test('absent', async () => {
    await sh('rm -rf "$1"', root)
    await mends({ folders: missing(root, 'a folder') })
    expect([await about(root), await about(pm2)]).toEqual([
      `directory ${account} www-data 750`,
      `directory ${account} ${account} 700`
    ])
  })

  test('the one of the daemon alone is absent', async () => {
    await sh('rm -rf "$1"', pm2)
    await mends({ folders: drifted([pm2, 'a folder', 'missing']) })
  })

  test.each([
    ['open to all', `chmod 0777 ${root}`, [[`mode of ${root}`, '0750', '0777']]],
    ['with a sticky bit', `chmod 1750 ${root}`, [[`mode of ${root}`, '0750', '1750']]],
    ['with a group that it hands on', `chmod 2750 ${root}`, [[`mode of ${root}`, '0750', '2750']]],
    ['with a daemon that hands on its group', `chmod 2700 ${pm2}`, [[`mode of ${pm2}`, '0700', '2700']]],
    ["root's own", `chown root ${root}`, [[`owner of ${root}`, account, 'root']]],
    ["the neighbour's", `chown tenant-yourbrand ${root}`, [[`owner of ${root}`, account, 'tenant-yourbrand']]],
    [
      "its own group's, so that nginx is kept out",
      `chgrp ${account} ${root}`,
      [[`group of ${root}`, 'www-data', account]]
    ],
    ['with an open daemon', `chmod 0755 ${pm2}`, [[`mode of ${pm2}`, '0700', '0755']]],
    [
      "with a daemon's folder of root's",
      `chown root:root ${pm2}`,
      [
        [`owner of ${pm2}`, account, 'root'],
        [`group of ${pm2}`, account, 'root']
      ]
    ],
    [
      'both of them',
      `chmod 0700 ${root}; chmod 0750 ${pm2}`,
      [
        [`mode of ${root}`, '0750', '0700'],
        [`mode of ${pm2}`, '0700', '0750']
      ]
    ]
  ] as [string, string, Row[]][])('tampered with: %s', async (_, script, rows) => {
    await sh(`touch ${pm2}/stays; ${script}`)
    await mends({ folders: drifted(...rows) })
    await sh(`rm ${pm2}/stays`)
  })

  describe('what stands in its place is refused, and nobody else pays for it', () => {
    const victim = '/srv/victim'
    const inItsPlace: [string, string, string, string, Row[]][] = [
      [
        "the tenant's link to a folder of somebody else",
        pm2,
        `sudo -u ${account} ln -s ${victim} ${pm2}`,
        `give ${pm2} back to ${account}`,
        [
          [`type of ${pm2}`, 'folder', `a link to ${victim}`],
          [`owner of ${pm2}`, account, 'root'],
          [`group of ${pm2}`, account, 'root'],
          [`mode of ${pm2}`, '0700', '0711']
        ]
      ],
      [
        "the tenant's link to nothing",
        pm2,
        `sudo -u ${account} ln -s /srv/nowhere ${pm2}`,
        `make the folder ${pm2}`,
        [[pm2, 'a folder', 'missing']]
      ],
      [
        "a file of the tenant's",
        pm2,
        `sudo -u ${account} install -m 0700 /dev/null ${pm2}`,
        `give ${pm2} back to ${account}`,
        [[`type of ${pm2}`, 'folder', 'file']]
      ],
      [
        'a link for all that the tenant has',
        root,
        `ln -s ${victim} ${root}`,
        `make the folder ${root}`,
        [
          [`type of ${root}`, 'folder', `a link to ${victim}`],
          [`owner of ${root}`, account, 'root'],
          [`group of ${root}`, 'www-data', 'root'],
          [`mode of ${root}`, '0750', '0711'],
          [pm2, 'a folder', 'missing']
        ]
      ],
      [
        'a file for all that the tenant has',
        root,
        `install -m 0600 /dev/null ${root}`,
        `make the folder ${root}`,
        [
          [`type of ${root}`, 'folder', 'file'],
          [`owner of ${root}`, account, 'root'],
          [`group of ${root}`, 'www-data', 'root'],
          [`mode of ${root}`, '0750', '0600'],
          [pm2, 'a folder', 'missing']
        ]
      ]
    ]
    test.each(inItsPlace)('%s', async (_, path, put, what, rows) => {
      await sh(`install -d -m 0711 ${victim}; mv ${path} ${path}.aside; ${put}`)
      const replaced = await about(path)
      try {
        expect(await off()).toEqual({ folders: drifted(...rows) })
        expect(await failureOf(converge())).toMatchObject({
          kind: 'provision',
          message: expect.stringContaining(`could not ${what} (exit code`) as string,
          where: `folders on ${tenant.remote.name}`
        })
        expect(await about(path)).toBe(replaced)
        expect(await about(victim)).toBe('directory root root 711')
        await sh('[ ! -e /srv/nowhere ]')
      } finally {
        await sh(`rm ${path}; mv ${path}.aside ${path}; rmdir ${victim}`)
      }
      expect(await off()).toEqual({})
    })
  })
})

describe("nginx' logs of the tenant's sites", () => {
  const logs = ['app', 'marketing'].flatMap((lane) =>
    ['access', 'error'].map((kind) => `/var/log/nginx/otherbrand-${lane}.${kind}.log`)
  )
  const closed = 'no access for others'

  test('absent', async () => {
    await sh('rm "$@"', ...logs)
    await mends({ logs: missing(logs.join(', '), 'logs closed to other accounts') })
    for (const log of logs) expect(await sh('stat -c "%A" -- "$1"', log)).toMatch(/^-rw-r?.?.----\n$/)
  })

  test('one absent, one that everybody reads, one that everybody writes', async () => {
    await sh('rm -- "$1"; chmod 0644 -- "$2"; chmod 0602 -- "$3"; echo kept >>"$3"', ...logs)
    await mends({
      logs: drifted(
        [logs[0]!, 'a log closed to other accounts', 'missing'],
        [`mode of ${logs[1]!}`, closed, '0644'],
        [`mode of ${logs[2]!}`, closed, '0602']
      )
    })
    expect(await sh('tail -n 1 -- "$1"', logs[2]!)).toBe('kept\n')
  })
})
