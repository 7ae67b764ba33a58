import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

/** Builds are run for real, by root or by whoever may use sudo without a password, as on a runner. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'confined-')))
const repository = join(folder, 'repository')
const home = join(folder, 'home')
const tools = join(folder, 'tools')
const isRoot = process.getuid!() === 0

interface Ended {
  files?: Record<string, string>
  error?: { kind: string; message: string; where: string; remedy: string; log?: string }
  scratch: string
  maxRSS: number
}

interface Options {
  marketing?: object
  host?: object
  /** What the run was started with; it takes these out of its environment at once. */
  secrets?: Record<string, string>
  path?: string
  /** What starts the run. */
  by?: string[]
}

function start({ marketing = {}, host = {}, secrets = {}, path, by = [] }: Options = {}) {
  const tenant = { name: 'acme', marketing: { source: 'site', build: ['./build.sh'], output: 'out', ...marketing } }
  const request = { sourcing: { tenant, repository, host }, take: Object.keys(secrets) }
  const [program, ...args] = [...by, process.execPath, join(import.meta.dirname, 'build-site.ts')]
  const child = spawn(program!, [...args, JSON.stringify(request)], {
    env: {
      PATH: path ?? process.env['PATH'],
      HOME: home,
      RUNNER_TEMP: join(folder, 'temp'),
      RUNNER_TOOL_CACHE: tools,
      GITHUB_ENV: join(folder, 'temp/env'),
      SSH_AUTH_SOCK: join(folder, 'agent'),
      NODE_ENV: 'production',
      ...secrets
    },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const done = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    child,
    done,
    /** Until the build has printed this. */
    async prints(text: string) {
      while (!said.includes(text)) {
        if (child.exitCode !== null) throw new Error(said)
        await sleep(20)
      }
    },
    ended: async () => (await done, JSON.parse(said.trimEnd().split('\n').at(-1)!) as Ended)
  }
}

function put(path: string, text: string, mode = 0o644): void {
  const at = join(folder, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, text)
  chmodSync(at, mode)
}

const build = (lines: string) => put('repository/site/build.sh', `#!/bin/bash\n${lines}\n`, 0o755)

/** Whether a process of this machine was started with this word. */
const runs = (word: string) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word)
      } catch {
        return false
      }
    })

beforeAll(() => {
  // Whoever builds could get there, if only rights were in the way.
  chmodSync(folder, 0o755)
  mkdirSync(repository)
  execFileSync('git', ['init', '--quiet', repository])
  put('tools/bin/site-tool', '#!/bin/sh\necho "the tool"\n', 0o755)
})
beforeEach(() => build('mkdir out && echo page >out/index.html'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a build ships what it makes, of what is in the repository, and the next program finds what the first made', async () => {
  put('repository/site/install.sh', '#!/bin/bash\necho "$PWD $HOME" >installed\n', 0o755)
  build('mkdir out && cp installed out/ && id -un >out/account && site-tool >out/tool')
  const { files, scratch } = await start({
    marketing: { install: ['./install.sh'] },
    path: `${tools}/bin:${process.env['PATH']}`
  }).ended()
  expect(files).toEqual({ installed: '/build/site /build/home\n', account: 'site-build\n', tool: 'the tool\n' })
  expect(existsSync(scratch)).toBe(false)
})

test('a build finds no secret of the run, changes nothing of the machine, and leaves nothing behind', async () => {
  const secret = (what: string) => `planted-${what}-${randomUUID()}`
  const planted = new Map<string, string>()
  for (const path of [
    'repository/.git/config.worktree',
    'repository/.secrets/key',
    'repository/.secrets/secrets.json',
    'temp/env',
    'temp/_runner_file_commands/set_env',
    'home/.ssh/id_ed25519',
    'home/.npmrc',
    // These are in a folder that a build may see.
    'tools/temp/checkout/token',
    'tools/deploy.key',
    'tools/secrets.json'
  ]) {
    planted.set(path, secret(path))
    put(path, planted.get(path)!)
  }
  const environment = secret('environment')
  const marker = `sleeps-${randomUUID()}`
  build(`mkdir out
exec 2>&1 >out/seen.txt
look() {
  cat /proc/[0-9]*/environ /proc/$PPID/environ
  env
  for path in ${[...planted.keys()].map((path) => `'${join(folder, path)}'`).join(' ')}; do cat "$path"; done
  grep -rhasF --exclude=seen.txt planted- ${folder} /etc /opt /home /root /run /srv /var /mnt
}
look
sudo -n true && echo it has become root
for path in ${folder}/w ${repository}/w ${tools}/w ${tools}/bin/site-tool ${home}/w /usr/local/bin/w-${marker} /etc/w-${marker} /opt/w-${marker}
do if echo w >>"$path"; then echo "it wrote $path"; fi; done
(setsid -f bash -c 'exec -a ${marker} sleep 1000' </dev/null >/dev/null 2>&1)`)
  const { files } = await start({
    secrets: { 'INPUT_SSH-KEY': environment, TENANT_SECRETS: environment, NPM_TOKEN: environment },
    host: { key_file: '.secrets/key', secrets_file: join(tools, 'secrets.json') },
    by: ['env', `GITHUB_WORKSPACE=${tools}/temp/checkout`, `TMPDIR=${folder}`, `RUNNER_WORKSPACE=${tools}/deploy.key`]
  }).ended()
  const seen = files!['seen.txt']!
  expect([...planted.values(), environment].filter((value) => seen.includes(value))).toEqual([])
  for (const did of ['it has become root', 'it wrote']) expect(seen).not.toContain(did)
  expect(runs(marker)).toBe(false)
  // It did look, and what it has is its own.
  const own = seen.split('\n').filter((line) => /^[A-Z_]+=/.test(line))
  expect(own.map((line) => line.split('=')[0]).toSorted()).toEqual(
    ['CI', 'HOME', 'LOGNAME', 'NODE_ENV', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', 'USER', '_'].toSorted()
  )
  expect(own).toEqual(expect.arrayContaining(['HOME=/build/home', 'CI=true']))
})

describe('what a build leaves is read as files of the site, and nothing else', () => {
  test.each([
    ['the output is a link out of the site', 'ln -s /etc out', 'out'],
    ['a folder above it is', 'ln -s /etc out', 'out/ssl'],
    ['it is a link to the folder above the site', 'ln -s ../home out', 'out']
  ])('%s', async (_, lines, output) => {
    build(lines)
    const { error, scratch } = await start({ marketing: { output } }).ended()
    expect(error).toMatchObject({ kind: 'source', message: `a link leads out of the source: ${output}` })
    expect(existsSync(scratch)).toBe(false)
  })

  test('a link inside the site is followed', async () => {
    build('mkdir v2 && echo page >v2/index.html && ln -s v2 out')
    expect((await start().ended()).files).toEqual({ 'index.html': 'page\n' })
  })

  test('the folder of the site cannot be exchanged for a link', async () => {
    build('cd / && mv /build/site /build/home/site && ln -s /etc /build/site')
    expect((await start({ marketing: { output: 'ssl' } }).ended()).error).toMatchObject({ kind: 'build' })
  })

  test('a pipe is refused, not read', async () => {
    build('mkdir out && mkfifo out/pipe')
    expect((await start().ended()).error).toMatchObject({ message: 'neither a file nor a link: "pipe"' })
  })

  test('what it closed is read and removed all the same', async () => {
    build(
      'mkdir -p out/closed && echo page >out/closed/page && chmod 0 out/closed/page out/closed . && chmod 0 "$HOME"'
    )
    const { files, scratch } = await start().ended()
    expect(files).toEqual({ 'closed/page': 'page\n' })
    expect(existsSync(scratch)).toBe(false)
  })
})

describe('a build ends with the run', () => {
  const stubborn = (marker: string) =>
    build(`trap '' TERM INT HUP
touch "$HOME/mine"
setsid -f bash -c 'exec -a ${marker} sleep 1000' </dev/null >/dev/null 2>&1
echo under way
while :; do sleep 1; done`)

  test('that is told to end', async () => {
    const marker = randomUUID()
    stubborn(marker)
    const run = start()
    await run.prints('under way')
    expect(runs(marker)).toBe(true)
    run.child.kill('SIGTERM')
    const { error, scratch } = await run.ended()
    expect(error).toMatchObject({ kind: 'interrupted' })
    expect([runs(marker), existsSync(scratch)]).toEqual([false, false])
  })

  test('that is killed', async () => {
    const marker = randomUUID()
    stubborn(marker)
    const run = start({ by: ['env', `TMPDIR=${folder}`] })
    await run.prints('under way')
    run.child.kill('SIGKILL')
    await run.done
    while (runs(marker)) await sleep(20)
    // Nobody was left to remove it; whoever comes next can.
    const [left = ''] = readdirSync(folder).filter((name) => name.startsWith('tenant-stage-'))
    while (existsSync(join(folder, left, 'inside/home/mine'))) {
      await sleep(20)
      try {
        rmSync(join(folder, left), { recursive: true })
      } catch (thrown) {
        if (!['EACCES', 'EPERM', 'EBUSY'].includes((thrown as NodeJS.ErrnoException).code!)) throw thrown
      }
    }
  })
})

test.each([
  ['lines', 'yes "a line of it" | head -c 200000000', /^error: the first\n[^]*\nthe last$/],
  ['one line', 'head -c 200000000 /dev/zero | tr "\\0" a', /(?:^|\n)the last$/]
])('of a log of 200 MB in %s, beginning and end are kept', async (_, prints, log) => {
  build(`echo "error: the first"; ${prints}; echo; echo the last; exit 3`)
  const { error, maxRSS } = await start().ended()
  expect(error).toMatchObject({
    kind: 'build',
    message: 'could not build the marketing site: ./build.sh ended with exit code 3'
  })
  expect(error!.log).toMatch(log)
  expect(maxRSS).toBeLessThan(400_000)
})

describe('refused', () => {
  // A container without the right to namespaces; an account that may not use sudo.
  const restricted = ['setpriv', ...(isRoot ? ['--bounding-set', '-sys_admin'] : ['--no-new-privs'])]

  test('a build that cannot be kept from the secrets, before it begins, and with what to do', async () => {
    const marker = join(folder, 'began')
    build(`touch ${marker}`)
    const { error } = await start({ by: restricted }).ended()
    expect(error).toMatchObject({
      kind: 'build',
      message: expect.stringContaining("cannot be kept away from this run's secrets on this machine") as string,
      where: 'tenants/acme/tenant.yml, marketing.build'
    })
    expect(error!.remedy).toContain('build the site in an earlier job that holds no secrets')
    expect(error!.log).toMatch(isRoot ? /unshare failed/ : /sudo/)
    expect(existsSync(marker)).toBe(false)
  })

  test('a site that is not built needs none of it, also one that an earlier job built', async () => {
    put('repository/handed-over/index.html', 'built earlier\n')
    const unbuilt = { source: 'handed-over', build: undefined, output: undefined }
    expect((await start({ marketing: unbuilt, by: restricted }).ended()).files).toEqual({
      'index.html': 'built earlier\n'
    })
  })

  test.each([
    ['a program that is nowhere', ['no-such-program'], { kind: 'tool-missing', message: 'no-such-program is missing' }],
    [
      'a program where the account that builds has no business',
      ['private-tool'],
      {
        kind: 'tool-missing',
        message: 'the account that builds the site cannot run private-tool',
        where: join(home, 'bin/private-tool')
      }
    ],
    [
      'a program that the site was to bring',
      ['node_modules/.bin/astro', 'build'],
      { kind: 'build', message: 'the site has no program node_modules/.bin/astro' }
    ]
  ])('%s', async (_, words, expected) => {
    put('home/bin/private-tool', '#!/bin/sh\n', 0o755)
    const { error } = await start({ marketing: { build: words }, path: `${home}/bin:${process.env['PATH']}` }).ended()
    expect(error).toMatchObject(expected)
  })
})
