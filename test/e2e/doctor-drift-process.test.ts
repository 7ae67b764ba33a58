import { afterAll, beforeAll, inject } from 'vitest'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { matching, one, ward, type Harm, type Row } from './faults.ts'

/** What becomes of a tenant's process, and what else happens below its PM2 daemon and on its port. */
const world = worldAt(inject('repository'))
const name = 'clinic'
const remedy = `tenant deploy ${name} app`
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

const HEALTH = ['app.public.health']

interface Running {
  id: string
  /** Its name at PM2. */
  process: string
  pid: number
  port: number
}

async function running(): Promise<Running> {
  const { processes } = await tenant.live()
  const [first] = processes
  if (first === undefined || processes.length > 1) throw new Error(`${processes.length} processes run`)
  return { id: await tenant.release('app'), process: first.name, pid: first.pid, port: first.port }
}

/** PM2 says 0 of a process that does not run, which would be a signal to ourselves. */
async function signal(name: 'KILL' | 'STOP' | 'CONT', pid: number): Promise<void> {
  if (pid < 2) throw new Error('the process does not run')
  await tenant.sh('kill "-$1" "$2"', name, String(pid))
}

/** Runs PM2's command as the tenant, with more in its environment. */
const pm2 = (env: Record<string, string>, ...words: string[]) =>
  tenant.own(
    'home=$1; shift; exec env -i "HOME=$home" "PATH=$PATH" "PM2_HOME=$home" "$@"',
    `${tenant.root}/pm2`,
    ...Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    'pm2',
    ...words
  )

const drifted = (rows: Row[], follows: string[] = []): Harm => one({ address: 'app.process', rows, remedy, follows })

const gone = (process: string): Harm =>
  one({
    address: 'app.process',
    verdict: 'missing',
    rows: [['process', process, 'missing']],
    remedy,
    follows: HEALTH
  })

/** Starts something in the place of the live process, under its name and with its environment but for what is said. */
async function replaced([program, ...words]: [string, ...string[]], env: Record<string, string> = {}, folder?: string) {
  const live = await running()
  await pm2({}, 'delete', live.process)
  const whole = { PORT: String(live.port), RELEASE_ID: live.id, NODE_ENV: 'production', HOSTNAME: '127.0.0.1', ...env }
  const cwd = folder ?? `${tenant.root}/app/releases/${live.id}`
  await pm2(whole, 'start', program, '--name', live.process, '--cwd', cwd, '--interpreter', 'none', '--', ...words)
  return live
}

/** Something that answers with this text, whatever it is asked. */
async function squatter(port: number, text: string, by = tenant.own): Promise<() => Promise<unknown>> {
  const script = `require('node:http').createServer((_, response) => response.end(process.argv[2])).listen(process.argv[1], '127.0.0.1')`
  const pid = await by(
    'cd /; setsid node -e "$1" "$2" "$3" </dev/null >/dev/null 2>&1 & echo $!',
    script,
    String(port),
    text
  )
  await answers(port)
  return () => tenant.sh('kill "$1"', pid.trim())
}

/** Until the port answers, which a process that was started does after a while. */
const answers = async (port: number) => {
  await tenant.sh(
    'for each in $(seq 100); do curl --silent --output /dev/null --max-time 2 "http://127.0.0.1:$1/api/health" && exit 0; sleep 0.1; done; exit 1',
    String(port)
  )
}

each({
  'it is deleted': async () => {
    const { process } = await running()
    await pm2({}, 'delete', process)
    return gone(process)
  },

  'it is stopped': async () => {
    const { process } = await running()
    await pm2({}, 'stop', process)
    return drifted([['status', 'online', 'stopped']], HEALTH)
  },

  'the whole daemon is killed': async () => {
    const { process } = await running()
    await pm2({}, 'kill')
    return gone(process)
  },

  'it ends again and again': async () => {
    for (const count of [1, 2, 3, 4]) {
      const { pid, port } = await running()
      await signal('KILL', pid)
      await answers(port)
      if (count === 4) break
    }
    return one(
      {
        address: 'app.process',
        rows: [['restarts', 'none in the last 10 minutes', '4, the last less than a minute ago']],
        remedy: matching(new RegExp(`^tenant logs ${name} --lane app \\(it says why`))
      },
      async () => {
        const { process } = await running()
        await pm2({}, 'reset', process)
      }
    )
  },

  'it runs from another folder': async () => {
    const folder = `${tenant.root}/app/shared/elsewhere`
    await tenant.own('cp -a "$1/." "$2"', tenant.app, folder)
    const { id, port } = await replaced(['node', 'server.js'], {}, folder)
    await answers(port)
    const harm = drifted([['folder', `${tenant.root}/app/releases/${id}`, folder]])
    return { ...harm, undo: () => tenant.own('rm -rf "$1"', folder) }
  },

  'it has the id of another release': async () => {
    const { id, port } = await replaced(['node', 'server.js'], { RELEASE_ID: '20260101T000000Z-0000000' })
    await answers(port)
    return drifted([['RELEASE_ID', id, '20260101T000000Z-0000000']], HEALTH)
  },

  'it runs as in development': async () => {
    const { port } = await replaced(['node', 'server.js'], { NODE_ENV: 'development' })
    await answers(port)
    return drifted([['NODE_ENV', 'production', 'development']])
  },

  'it listens on another port': async () => {
    const { port } = await replaced(['node', 'server.js'], { PORT: '0' })
    return drifted([['PORT', String(port), '0']], HEALTH)
  },

  'PM2 hands it a variable that .env.local sets': async () => {
    const { process, port } = await running()
    await pm2({ MARKETING_ORIGIN: `https://www.${name}.test` }, 'restart', process, '--update-env')
    await answers(port)
    return drifted([["MARKETING_ORIGIN in PM2's environment", 'not set', 'set']])
  },

  'a second process runs below its daemon': async () => {
    await pm2({}, 'start', 'sleep', '--name', 'stray', '--interpreter', 'none', '--', '1000')
    return drifted([['other processes', 'none', 'stray']])
  },

  'it is online and says nothing': async () => {
    const { id, pid, port } = await running()
    await signal('STOP', pid)
    const harm = drifted([[`answer on port ${port}`, `200 from ${id}`, matching(/./)]], HEALTH)
    // A new release would do as well, and first wait for this process to say that it has ended.
    return { ...harm, isUndone: true, undo: () => signal('CONT', pid) }
  },

  'something else answers on its port': async () => {
    const { id, port } = await replaced(['sleep', '10000'])
    const undo = await squatter(port, '<h1>Welcome!</h1>')
    const said = '200 from something that names no release'
    return { ...drifted([[`answer on port ${port}`, `200 from ${id}`, said]], HEALTH), undo }
  },

  'another release answers on its port': async () => {
    const { id, port } = await replaced(['sleep', '10000'])
    const undo = await squatter(port, '{ "release": "older" }')
    return { ...drifted([[`answer on port ${port}`, `200 from ${id}`, '200 from older']], HEALTH), undo }
  },

  'another account answers on its port as the live release': async () => {
    const { id, port } = await replaced(['sleep', '10000'])
    const undo = await squatter(port, JSON.stringify({ release: id }), tenant.sh)
    const said = `port ${port} is answered by account root, not by tenant-${name}`
    const follows = ['app.public.assets', 'app.public.cors']
    return { ...drifted([[`answer on port ${port}`, `200 from ${id}`, said]], follows), undo }
  }
})
