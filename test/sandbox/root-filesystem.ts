import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { run, runToEnd } from './command.ts'

/** File systems that hold the machine's own files; all others are the kernel's, or in memory. */
const onDisk = /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|overlay|bcachefs|fuse\.fuse-overlayfs)$/
const notForTheHost = /^\/($|(proc|sys|dev|run|tmp|srv|boot|mnt|media|snap)(\/|$))/

/** The folders below / that are file systems of their own, outer ones first; not the host's, kept on `state`. */
function machineMounts(state: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')
  const points = mounts.flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const point = (left.split(' ')[4] ?? '').replaceAll('\\040', ' ')
    const usable = onDisk.test(right.split(' ')[0] ?? '') && !notForTheHost.test(point) && !point.startsWith(state)
    return usable && lstatSync(point).isDirectory() ? [point] : []
  })
  return [...new Set(points)].sort()
}

/** Lays a writable layer, kept in `layer`, over a folder of the machine, and shows both at `at`. */
async function overlay(lower: string, layer: string, at: string): Promise<boolean> {
  // The upper folder's mode and owner are what the merged root shows.
  for (const part of ['upper', 'work']) mkdirSync(`${layer}/${part}`, { recursive: true, mode: 0o755 })
  const options = `lowerdir=${lower},upperdir=${layer}/upper,workdir=${layer}/work`
  const attempt = (extra: string) => runToEnd(['mount', '-t', 'overlay', 'overlay', '-o', options + extra, at])
  // Nothing of this layer outlives the host, so it need not be written through to the disk.
  return (await attempt(',volatile')).code === 0 || (await attempt('')).code === 0
}

/** Files that are often links into /run, or mounts made by a container engine: the host gets plain copies. */
function plainCopies(): Map<string, string> {
  const files = ['/etc/resolv.conf', '/etc/hosts', '/etc/hostname']
  const read = (file: string): [string, string][] => {
    try {
      return [[file, readFileSync(file, 'utf8')]]
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
  return new Map(files.flatMap(read))
}

/**
 * Builds the host's file system on `state`, a folder on disk, and answers where it stands. It is seen only in this
 * process' own mount namespace, which is why nothing has to be unmounted at the end.
 */
export async function buildRoot(state: string): Promise<string> {
  const root = `${state}/root`
  mkdirSync(root)
  if (!(await overlay('/', `${state}/layers/root`, root))) {
    // `state` itself stands on an overlay, which can't be the writable layer of another.
    await run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', state])
    mkdirSync(root)
    if (!(await overlay('/', `${state}/layers/root`, root))) throw new Error('this kernel refuses to mount an overlay')
  }
  for (const [number, point] of machineMounts(state).entries()) {
    if (await overlay(point, `${state}/layers/${number}`, root + point)) continue
    await run(['mount', '--bind', '-o', 'ro', point, root + point])
  }
  for (const [folder, mode] of [
    ['srv', 0o755],
    ['tmp', 0o1777]
  ] as const) {
    mkdirSync(`${state}/${folder}`)
    await run(['chmod', mode.toString(8), `${state}/${folder}`])
    mkdirSync(`${root}/${folder}`, { recursive: true })
    await run(['mount', '--bind', `${state}/${folder}`, `${root}/${folder}`])
  }
  await run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', `${root}/run`])
  mkdirSync(`${root}/run/lock`, { mode: 0o1777 })
  await run(['mount', '-t', 'proc', 'proc', `${root}/proc`])
  for (const folder of ['dev', 'sys']) await run(['mount', '--rbind', `/${folder}`, `${root}/${folder}`])
  await run(['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', `${root}/dev/shm`])
  for (const [file, content] of plainCopies()) {
    rmSync(root + file, { force: true })
    writeFileSync(root + file, content)
  }
  return root
}

/** Makes `root` the root of every process in this mount namespace, and lets go of the old one. */
export async function enterRoot(root: string): Promise<void> {
  mkdirSync(`${root}/.outside`)
  await run(['pivot_root', root, `${root}/.outside`])
  process.chdir('/')
  await run(['umount', '-l', '/.outside'])
  await run(['rmdir', '/.outside'])
}
