import type { Patient } from '../world/patient.ts'
import { matching, one, type Fault, type Harm, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/** What becomes of a tenant's process, and what else happens below its PM2 daemon and on its port. */
const HEALTH = ['app.public.health']

interface Running {
  id: string
  /** Its name at PM2. */
  process: string
  pid: number
  port: number
}

async function running(tenant: Patient): Promise<Running> {
  const { processes } = await tenant.live()
  const [first] = processes
  if (first === undefined || processes.length > 1) throw new Error(`${processes.length} processes run`)
  return { id: await tenant.release('app'), process: first.name, pid: first.pid, port: first.port }
}

/** PM2 says 0 of a process that does not run, which would be a signal to ourselves. */
async function signal(tenant: Patient, name: 'KILL' | 'STOP' | 'CONT', pid: number): Promise<void> {
  if (pid < 2) throw new Error('the process does not run')
  await tenant.sh('kill "-$1" "$2"', name, String(pid))
}

/** Runs PM2's command as the tenant, with more in its environment. */
const pm2 = (tenant: Patient, env: Record<string, string>, ...words: string[]) =>
  tenant.own(
    'home=$1; shift; exec env -i "HOME=$home" "PATH=$PATH" "PM2_HOME=$home" "$@"',
    `${tenant.root}/pm2`,
    ...Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    'pm2',
    ...words
  )

const remedyOf = ({ name }: Patient) => `tenant deploy ${name} app`

const drifted = (tenant: Patient, rows: Row[], follows: string[] = []): Harm =>
  one({ address: 'app.process', rows, remedy: remedyOf(tenant), follows })

const gone = (tenant: Patient, process: string): Harm =>
  one({
    address: 'app.process',
    verdict: 'missing',
    rows: [['process', process, 'missing']],
    remedy: remedyOf(tenant),
    follows: HEALTH
  })

/** Starts something in the place of the live process, under its name and with its environment but for what is said. */
async function replaced(
  tenant: Patient,
  [program, ...words]: [string, ...string[]],
  env: Record<string, string> = {},
  folder?: string
) {
  const live = await running(tenant)
  await pm2(tenant, {}, 'delete', live.process)
  const whole = { PORT: String(live.port), RELEASE_ID: live.id, NODE_ENV: 'production', HOSTNAME: '127.0.0.1', ...env }
  const cwd = folder ?? `${tenant.root}/app/releases/${live.id}`
  await pm2(
    tenant,
    whole,
    'start',
    program,
    '--name',
    live.process,
    '--cwd',
    cwd,
    '--interpreter',
    'none',
    '--',
    ...words
  )
  return live
}

/** Something that answers with this text, whatever it is asked. */
async function squatter(tenant: Patient, port: number, text: string, by = tenant.own): Promise<() => Promise<unknown>> {
  const script = `require('node:http').createServer((_, response) => response.end(process.argv[2])).listen(process.argv[1], '127.0.0.1')`
  const pid = await by(
    'cd /; setsid node -e "$1" "$2" "$3" </dev/null >/dev/null 2>&1 & echo $!',
    script,
    String(port),
    text
  )
  await answers(tenant, port)
  return () => tenant.sh('kill "$1"', pid.trim())
}

/** Until the port answers, which a process that was started does after a while. */
const answers = async (tenant: Patient, port: number) => {
  await tenant.sh(
    'for each in $(seq 100); do curl --silent --output /dev/null --max-time 2 "http://127.0.0.1:$1/api/health" && exit 0; sleep 0.1; done; exit 1',
    String(port)
  )
}

const faults: Record<string, Fault> = {
  'it is deleted': async (tenant) => {
    const { process } = await running(tenant)
    await pm2(tenant, {}, 'delete', process)
    return gone(tenant, process)
  },

  'it is stopped': async (tenant) => {
    const { process } = await running(tenant)
    await pm2(tenant, {}, 'stop', process)
    return drifted(tenant, [['status', 'online', 'stopped']], HEALTH)
  },

  'the whole daemon is killed': async (tenant) => {
    const { process } = await running(tenant)
    await pm2(tenant, {}, 'kill')
    return gone(tenant, process)
  },

  'it runs from another folder': async (tenant) => {
    const folder = `${tenant.root}/app/shared/elsewhere`
    await tenant.own('cp -a "$1/." "$2"', tenant.app, folder)
    const { id, port } = await replaced(tenant, ['node', 'server.js'], {}, folder)
    await answers(tenant, port)
    const harm = drifted(tenant, [['folder', `${tenant.root}/app/releases/${id}`, folder]])
    return { ...harm, undo: () => tenant.own('rm -rf "$1"', folder) }
  },

  'it has the id of another release': async (tenant) => {
    const { id, port } = await replaced(tenant, ['node', 'server.js'], { RELEASE_ID: '20260101T000000Z-0000000' })
    await answers(tenant, port)
    return drifted(tenant, [['RELEASE_ID', id, '20260101T000000Z-0000000']], HEALTH)
  },

  'it runs as in development': async (tenant) => {
    const { port } = await replaced(tenant, ['node', 'server.js'], { NODE_ENV: 'development' })
    await answers(tenant, port)
    return drifted(tenant, [['NODE_ENV', 'production', 'development']])
  },

  'it listens on another port': async (tenant) => {
    const { port } = await replaced(tenant, ['node', 'server.js'], { PORT: '0' })
    return drifted(tenant, [['PORT', String(port), '0']], HEALTH)
  },

  'PM2 hands it a variable that .env.local sets': async (tenant) => {
    const { process, port } = await running(tenant)
    await pm2(tenant, { MARKETING_ORIGIN: `https://www.${tenant.name}.test` }, 'restart', process, '--update-env')
    await answers(tenant, port)
    return drifted(tenant, [["MARKETING_ORIGIN in PM2's environment", 'not set', 'set']])
  },

  'a second process runs below its daemon': async (tenant) => {
    await pm2(tenant, {}, 'start', 'sleep', '--name', 'stray', '--interpreter', 'none', '--', '1000')
    return drifted(tenant, [['other processes', 'none', 'stray']])
  },

  'it is online and says nothing': async (tenant) => {
    const { id, pid, port } = await running(tenant)
    await signal(tenant, 'STOP', pid)
    const harm = drifted(tenant, [[`answer on port ${port}`, `200 from ${id}`, matching(/./)]], HEALTH)
    // A new release would do as well, and first wait for this process to say that it has ended.
    return { ...harm, isUndone: true, undo: () => signal(tenant, 'CONT', pid) }
  },

  'something else answers on its port': async (tenant) => {
    const { id, port } = await replaced(tenant, ['sleep', '10000'])
    const undo = await squatter(tenant, port, '<h1>Welcome!</h1>')
    const said = '200 from something that names no release'
    return { ...drifted(tenant, [[`answer on port ${port}`, `200 from ${id}`, said]], HEALTH), undo }
  },

  'another release answers on its port': async (tenant) => {
    const { id, port } = await replaced(tenant, ['sleep', '10000'])
    const undo = await squatter(tenant, port, '{ "release": "older" }')
    return { ...drifted(tenant, [[`answer on port ${port}`, `200 from ${id}`, '200 from older']], HEALTH), undo }
  },

  'another account answers on its port as the live release': async (tenant) => {
    const { id, port } = await replaced(tenant, ['sleep', '10000'])
    const undo = await squatter(tenant, port, JSON.stringify({ release: id }), tenant.sh)
    const said = `port ${port} is answered by account root, not by tenant-${tenant.name}`
    const follows = ['app.public.assets', 'app.public.cors']
    return { ...drifted(tenant, [[`answer on port ${port}`, `200 from ${id}`, said]], follows), undo }
  },

  // Last, as what is told of it is how long ago it was.
  'it ends again and again': async (tenant) => {
    for (const count of [1, 2, 3, 4]) {
      const { pid, port } = await running(tenant)
      await signal(tenant, 'KILL', pid)
      await answers(tenant, port)
      if (count === 4) break
    }
    return one(
      {
        address: 'app.process',
        rows: [['restarts', 'none in the last 10 minutes', '4, the last less than a minute ago']],
        remedy: matching(new RegExp(`^tenant logs ${tenant.name} --lane app \\(it says why`))
      },
      async () => {
        const { process } = await running(tenant)
        await pm2(tenant, {}, 'reset', process)
      }
    )
  }
}

rounds({ 'the process': faults })
