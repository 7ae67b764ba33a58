import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeMessage } from '../../src/facts/amp.ts'
import type { Answer } from '../../src/facts/facts.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { connectTo } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const [one, other] = ['tenant-yourbrand', 'tenant-otherbrand']
const root = '/srv/as-accounts'
let remote: Connection

const sh = async (script: string, ...args: string[]) => {
  const { code, stdout, stderr } = await world.exec(['sh', '-ec', script, 'sh', ...args])
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
  return stdout.trim()
}
const file = (path: string, as?: string) => ({ kind: 'file', path, contentUpTo: 4096, ...(as && { as }) }) as const
const textOf = (answer: Answer<{ kind: 'file'; path: string }>) =>
  answer.ok ? Buffer.from(answer.fact.content ?? '', 'base64').toString('utf8') : answer.cause
const denied = { ok: false, cause: expect.stringMatching(/^EACCES: permission denied/) as string }

/** Something that takes PM2's place; it answers late, when the questions about files are long over. */
const listener = (path: string) => `require('node:net')
  .createServer((socket) => socket.on('error', () => undefined).once('data', () =>
    setTimeout(() => socket.end(Buffer.from('${encodeMessage([{ args: [[]] }, 'x']).toString('hex')}', 'hex')), 300)))
  .listen('${path}', () => console.log('ready'))`

beforeAll(async () => {
  remote = await connectTo(world)
  await sh(
    `mkdir -p "$1"
for each in "$2" "$3"; do
install -d -o "$each" -g "$each" -m 0700 "$1/$each" "$1/$each/site"
echo "$each" >"$1/$each/own"
for i in 1 2 3; do echo "$i" >"$1/$each/site/$i"; done
chown -R "$each:" "$1/$each"
done
install -m 0600 /dev/null "$1/secret"
echo hidden >"$1/secret"
ln -s "$1/secret" "$1/$2/linked"`,
    ...[root, one, other]
  )
})

afterAll(async () => {
  await sh('rm -rf "$1"', root)
  await remote[Symbol.asyncDispose]()
})

test('each account sees what it may see, in one exec, and root what root may see', async () => {
  const answers = await remote.gather(
    {
      secret: file(`${root}/secret`),
      one: file(`${root}/${one}/own`, one),
      tree: { kind: 'tree', root: `${root}/${one}/site`, as: one },
      linked: file(`${root}/${one}/linked`, one),
      linkedForRoot: file(`${root}/${one}/linked`),
      other: file(`${root}/${other}/own`, other),
      trespass: file(`${root}/${one}/own`, other),
      otherTree: { kind: 'tree', root: `${root}/${one}`, as: other }
    },
    { as: 'root' }
  )
  expect([textOf(answers.secret), textOf(answers.linkedForRoot)]).toEqual(['hidden\n', 'hidden\n'])
  expect([textOf(answers.one), textOf(answers.other)]).toEqual([`${one}\n`, `${other}\n`])
  expect(answers.tree.ok && Object.keys(answers.tree.fact.files)).toEqual(['1', '2', '3'])
  for (const answer of [answers.linked, answers.trespass, answers.otherTree]) expect(answer).toEqual(denied)
})

test('only the effective ids are the account’s, in each thread, and it has no other group and no right of root', async () => {
  const [uid, gid] = (await sh('id -u "$1"; id -g "$1"', one)).split('\n')
  const requests = {
    before: file('/proc/self/status'),
    main: file('/proc/self/status', one),
    thread: file('/proc/thread-self/status', one),
    environment: file('/proc/self/environ')
  }
  const answers = await remote.gather(requests, { as: 'root' })
  const line = (answer: Answer<{ kind: 'file'; path: string }>, name: string) =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(textOf(answer))?.[1]?.trim().split(/\s+/)
  expect(line(answers.before, 'Uid')).toEqual(['0', '0', '0', '0'])
  for (const answer of [answers.main, answers.thread]) {
    expect(line(answer, 'Uid')).toEqual(['0', uid, '0', uid])
    expect(line(answer, 'Gid')).toEqual(['0', gid, '0', gid])
    expect(line(answer, 'Groups')).toEqual([gid])
    expect(line(answer, 'CapEff')).toEqual(['0000000000000000'])
  }
  expect(textOf(answers.environment).split('\0')).toContain('UV_USE_IO_URING=0')
})

test('a socket is connected to with the account’s rights, and answers in its own time', async () => {
  for (const [name, as] of [
    ['theirs', one],
    ['ours', 'root']
  ] as const) {
    await sh('install -d -o "$2" -m 0755 "$1"', `${root}/${name}`, as)
    const script = 'setsid node -e "$1" >"$2/said" 2>&1 </dev/null & echo $! >"$2/pid"'
    await sh(
      'sudo -u "$1" sh -c "$2" sh "$3" "$4"',
      as,
      script,
      listener(`${root}/${name}/rpc.sock`),
      `${root}/${name}`
    )
    await sh(
      'for each in $(seq 100); do grep -q ready "$1" && exit 0; sleep 0.1; done; cat "$1"; exit 1',
      `${root}/${name}/said`
    )
  }
  try {
    const answers = await remote.gather(
      {
        theirs: { kind: 'processes', pm2Home: `${root}/theirs`, as: one },
        // A socket that only root may write to.
        ours: { kind: 'processes', pm2Home: `${root}/ours`, as: one },
        oursForRoot: { kind: 'processes', pm2Home: `${root}/ours` },
        after: file(`${root}/${other}/own`, other)
      },
      { as: 'root' }
    )
    const listed = { ok: true, fact: { daemon: true, nowMs: expect.any(Number) as number, processes: [] } }
    expect(answers).toMatchObject({ theirs: listed, oursForRoot: listed, after: { ok: true } })
    expect(answers.ours).toEqual({ ok: false, cause: expect.stringMatching(/^connect EACCES/) as string })
  } finally {
    await sh('for each in theirs ours; do kill "$(cat "$1/$each/pid")"; done', root)
  }
})

test('databases are asked as their administrator while accounts have their turns', async () => {
  const { socket, port } = world.host.postgres
  const administrator = { host: socket, port, account: 'postgres', role: 'postgres', password: null }
  const files = [one, other].flatMap((as) =>
    Array.from({ length: 200 }, (_, at) => [`${as} ${at}`, { ...file(`${root}/${as}/own`, as), contentUpTo: 100 + at }])
  )
  const names = ['postgres', 'template1', 'no_such_database']
  const databases = names.map((name) => [name, { kind: 'database', administrator, database: name, role: 'postgres' }])
  const asked = Object.fromEntries([...files, ...databases]) as Record<string, ReturnType<typeof file>>
  const answers: Record<string, Answer> = await remote.gather(asked, { as: 'root' })
  const role = { superuser: true }
  expect(names.map((name) => answers[name])).toMatchObject([
    { ok: true, fact: { role, database: { owner: 'postgres' } } },
    { ok: true, fact: { role, database: { owner: 'postgres' } } },
    { ok: true, fact: { role, database: null } }
  ])
  expect(Object.values(answers).filter(({ ok }) => !ok)).toEqual([])
})

test('an account whose files take too long is cut short, and the others are answered', async () => {
  await sh('truncate -s 1T "$1/huge"; chown "$2:" "$1/huge"', `${root}/${one}/site`, one)
  const answers = await remote.gather(
    {
      tree: { kind: 'tree', root: `${root}/${one}/site`, as: one },
      own: file(`${root}/${one}/own`, one),
      probe: { kind: 'probe', port: 1, path: '/', host: 'x', release: null, deadlineMs: 0, as: one },
      other: file(`${root}/${other}/own`, other)
    },
    { as: 'root' }
  )
  await sh('rm "$1/huge"', `${root}/${one}/site`)
  expect(answers.tree).toEqual({ ok: false, cause: 'no answer within 20 s' })
  expect([textOf(answers.own), textOf(answers.other)]).toEqual([`${one}\n`, `${other}\n`])
  expect(answers.probe).toMatchObject({ ok: true, fact: { ok: false } })
})

test('what can not be asked with other rights says so, and the rest is answered', async () => {
  const answers = await remote.gather(
    {
      nobody: file('/etc/passwd', 'no-such-account'),
      probe: { kind: 'probe', port: 1, path: '/', host: 'x', release: null, deadlineMs: 0, as: 'no-such-account' },
      tools: { kind: 'tools', names: ['node'], as: one },
      own: file(`${root}/${one}/own`, one)
    },
    { as: 'root' }
  )
  const none = { ok: false, cause: 'there is no account no-such-account' }
  expect(answers).toMatchObject({ nobody: none, probe: none })
  expect(answers.tools).toEqual({
    ok: false,
    cause: `a question of the kind tools can't be asked with the rights of ${one}`
  })
  expect(textOf(answers.own)).toBe(`${one}\n`)
})

test('an account that is not root is itself, and nobody else', async () => {
  const answers = await remote.gather(
    {
      own: file(`${root}/${one}/own`, one),
      tools: { kind: 'tools', names: ['sh'], presenceOnly: true, as: one },
      other: file(`${root}/${other}/own`, other),
      root: file(`${root}/secret`, 'root')
    },
    { as: one }
  )
  expect(textOf(answers.own)).toBe(`${one}\n`)
  expect(answers.tools).toEqual({ ok: true, fact: { sh: '' } })
  for (const [name, answer] of [
    [other, answers.other],
    ['root', answers.root]
  ] as const) {
    const cause = `only root and ${name} itself can look with the rights of ${name}`
    expect(answer).toEqual({ ok: false, cause })
  }
})
