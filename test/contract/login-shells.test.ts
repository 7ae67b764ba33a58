import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { connectSsh } from '../../src/remote/ssh.ts'
import { connectTo, sshOptions } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { addAccount } from './accounts.ts'
import { shells } from './shells.ts'
import { hostileWords } from './words.ts'

const world = await cloned()
const folder = mkdtempSync(join(tmpdir(), 'login-shells-'))
mkdirSync(join(folder, 'a folder'))
for (const name of ['index.html', "a folder/it's $HOME", '-leading dash', 'new\nline'])
  writeFileSync(join(folder, name), `the content of ${name}`)

afterAll(() => rmSync(folder, { recursive: true }))

/** More than one packet of it, on both outputs, and an end without a newline. */
const NOISE = `echo "Welcome!"
head -c 100000 /dev/zero | tr '\\000' 'x'
ls /no-such-folder
printf 'and no newline at the end'
`
const deadline = { step: 'try it', deadlineMs: 30_000 }

describe.each(shells)('an account with $name', ({ name, path, config }) => {
  test.each([
    ['quiet', {}],
    ['noisy', { [config]: NOISE }]
  ])('and a %s configuration', async (_, files) => {
    await using account = await addAccount(world, `shell-${name}`, { shell: path, files })
    const { user } = account
    await using remote = await connectTo(world, { user })

    const printed = await remote.execute({ words: ['printf', '%s\\0', ...hostileWords] }, deadline)
    expect(printed.stdout.split('\0').slice(0, -1)).toEqual(hostileWords)

    const script = `printf '%s\\n' "$1" "$PWD" "$(cat)"; exit 42`
    const answered = await remote.execute({ script, args: ["it's"] }, { ...deadline, input: 'from standard input' })
    expect(answered).toMatchObject({ code: 42, stdout: `it's\n/home/${user}\nfrom standard input\n` })

    const facts = await remote.gather({ shell: { kind: 'file', path }, none: { kind: 'file', path: '/no/such' } })
    expect(facts).toMatchObject({
      shell: { ok: true, fact: { exists: true } },
      none: { ok: true, fact: { exists: false } }
    })

    const sync = () => remote.sync({ from: folder, to: `/home/${user}/synced`, deadlineMs: 30_000 })
    expect((await sync()).created).toEqual(['-leading dash', "a folder/it's $HOME", 'index.html', 'new\nline'])
    expect(await sync()).toMatchObject({ created: [], changed: [], deleted: [] })

    const open = await remote.open({ script: 'echo ready; cat', args: [] }, { step: 'stay' })
    const lines = open.lines[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('ready')
    open.write('an echo\n')
    expect((await lines.next()).value).toBe('an echo')
    expect(await open.end()).toBe(0)
  })
})

test('the noise is really there', async () => {
  await using account = await addAccount(world, 'loud', { shell: '/bin/bash', files: { '.bashrc': NOISE } })
  const transport = await connectSsh(sshOptions(world, { user: account.user }))
  const channel = await transport.exec('echo hello')
  const said = await text(channel.stdout)
  await transport.close()
  expect(said).toMatch(/^Welcome!\nx{100000}and no newline at the endhello\n$/)
})
