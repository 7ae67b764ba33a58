import { expect, test } from 'vitest'
import { plan } from '../../../src/resources/converge.ts'
import { inspect } from '../../../src/resources/inspect.ts'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { cutOff, drifted, estate, type Row } from './estate.ts'

const world = await cloned()
const tenant = estate(world, 'yourbrand')
const { sh, read, about, mends, off, converge } = tenant
const config = '/etc/nginx/nginx.conf'
const line = 'include /etc/nginx/tenants.d/*.conf;'
const loaded: Row = ['loaded by nginx', 'the file as it is', 'an older one']
const noLine = [config, line, 'no such line'] as Row
const url = world.url('www.yourbrand.test')
// Another server answers with a certificate of its own.
const isTheirs = () =>
  world.visit(url).then(
    () => true,
    () => false
  )
/** Until all workers are others. */
const reload = () =>
  sh(`old=$(pgrep -P "$(cat /run/nginx.pid)"); nginx -s reload
for each in $(seq 200); do
left=; for pid in $old; do if [ -e "/proc/$pid" ]; then left=yes; fi; done
[ -n "$left" ] || exit 0
sleep 0.1
done
exit 1`)

/** Whatever stood there before stands there again afterwards. */
async function withConfig(script: string, during: (before: string) => Promise<void>): Promise<void> {
  const before = await read(config)
  await sh(script, config)
  try {
    await during(before)
  } finally {
    const { code } = await world.exec(['sh', '-c', 'cat >"$1"', 'sh', config], { input: before })
    expect(code).toBe(0)
    await reload()
  }
  expect(await off()).toEqual({})
}

test.each([
  ['is gone', `sed -i '\\|tenants.d|d' "$1"`],
  ['is a comment', `sed -i 's|include /etc/nginx/tenants.d|# &|' "$1"`]
])('the include %s: it stands there again, the rest as it was, and the sites are served', async (_, script) => {
  await withConfig(`${script}; chown root:adm "$1"; chmod 0640 "$1"`, async (before) => {
    await reload()
    expect(await isTheirs()).toBe(false)
    await mends({ 'host.nginx': drifted(noLine) })
    const rest = (text: string) => text.split('\n').filter((each) => !each.includes('tenants.d'))
    expect(rest(await read(config))).toEqual(rest(before))
    expect(await about(config)).toBe('regular file root adm 640')
    expect(await sh('ls -A /etc/nginx')).not.toContain('.new')
    await expect.poll(isTheirs, { timeout: 20_000 }).toBe(true)
  })
  await sh('chown root:root "$1"; chmod 0644 "$1"', config)
})

test('the include is gone, and nginx does not know yet', async () => {
  await withConfig(`sed -i '\\|tenants.d|d' "$1"`, () => mends({ 'host.nginx': drifted(noLine, loaded) }))
})

test('a link stays a link', async () => {
  await sh('mv "$1" "$1.kept"; ln -s nginx.conf.kept "$1"; sed -i "\\|tenants.d|d" "$1.kept"', config)
  await mends({ 'host.nginx': drifted(noLine, loaded) })
  expect(await sh('readlink "$1"', config)).toBe('nginx.conf.kept\n')
  await sh('rm "$1"; mv "$1.kept" "$1"', config)
  await reload()
})

test('changed by hand, and not loaded', async () => {
  await withConfig('echo "# by hand" >>"$1"', () => mends({ 'host.nginx': drifted(loaded) }))
})

test('a run was cut off between a certificate and the reload: the next one reloads', async () => {
  await cutOff(tenant, tenant.resource('certificate.issued').changes({} as never)[1]!)
  await mends({ 'host.nginx': drifted(['loaded by nginx', 'all files as they are', 'older ones']) })
})

test('broken elsewhere: the change is refused, and the file is as it was', async () => {
  await withConfig(`sed -i '\\|tenants.d|d; s|^http {|&\\n  no_such_directive on;|' "$1"`, async () => {
    const broken = await read(config)
    expect(await off()).toEqual({ 'host.nginx': drifted(noLine, loaded) })
    expect(await failureOf(converge())).toMatchObject({
      kind: 'provision',
      message: `could not include /etc/nginx/tenants.d in ${config} (exit code 1)`,
      log: expect.stringContaining('unknown directive "no_such_directive"') as string
    })
    expect(await read(config)).toBe(broken)
    expect(await sh('ls -A /etc/nginx')).not.toContain('.new')
    // What was loaded before is served all the while.
    expect(await isTheirs()).toBe(true)
  })
})

test('changed by somebody else in between: theirs stays', async () => {
  await withConfig(`sed -i '\\|tenants.d|d' "$1"`, async () => {
    const { code, said } = await carryOut('host.nginx', () => sh('echo "# theirs" >>"$1"', config))
    expect({ code, said }).toEqual({ code: 1, said: `${config} was changed by somebody else meanwhile\n` })
    expect(await read(config)).toMatch(/# theirs\n$/)
    await converge()
    expect(await off()).toEqual({})
    expect(await read(config)).toMatch(/# theirs\n$/)
  })
})

test('no http block to write it into is for a person', async () => {
  const script = `sed -n '/^http {/,$p' "$1" | sed '\\|tenants.d|d' >/etc/nginx/http.inc
printf 'user www-data;\\npid /run/nginx.pid;\\nevents {}\\ninclude /etc/nginx/http.inc;\\n' >"$1"`
  await withConfig(script, () =>
    tenant.stays({ 'host.nginx': drifted(noLine, loaded) }, { 'host.nginx': `has in its http block the line: ${line}` })
  )
  await sh('rm /etc/nginx/http.inc')
})

test('nginx does not run: that is for a person', async () => {
  await sh('systemctl stop nginx')
  try {
    await tenant.stays(
      { 'host.nginx': drifted(['nginx', 'running', 'not running']) },
      { 'host.nginx': 'see that nginx runs (systemctl start nginx)' }
    )
  } finally {
    await sh('systemctl start nginx')
  }
  await expect.poll(isTheirs, { timeout: 20_000 }).toBe(true)
})

/** Carries out what is planned for one resource after something else has happened; answers its exit code and what it said. */
async function carryOut(address: string, meanwhile: () => Promise<unknown>): Promise<{ code: number; said: string }> {
  const resource = tenant.resource(address)
  const { changes } = plan(await inspect(tenant.remote, 'root', [resource]), resource)!
  await meanwhile()
  const { as, what, command, input } = changes[0]!
  const options = { as, step: what, deadlineMs: 60_000, ...(input === undefined ? {} : { input }) }
  const { code, stdout, stderr } = await tenant.remote.execute(command, options)
  return { code, said: stdout + stderr }
}
