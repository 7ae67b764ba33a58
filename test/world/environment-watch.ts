import type { World } from './world.ts'

/** Says of every process whose environment holds one of two texts whose it is and what it runs, until a file is there. */
const WATCH = `tries=0
until [ -e "$3" ] || [ $((tries += 1)) -gt 6000 ]; do
  for text in "$1" "$2"; do
    for file in $(grep -lzsF -e "$text" /proc/[0-9]*/environ); do
      process=\${file%/environ}
      line=$(tr '\\0\\n' '  ' <"$process/cmdline") && owner=$(stat -c %U "$process") || continue
      # It may have become another program since, whose environment is another.
      grep -qzsF -e "$text" "$file" && echo "\${text%%-*} $owner $line"
    done 2>/dev/null
  done
  sleep 0.05
done | sort -u`

/**
 * While `work` goes on, which processes of the host hold one of two texts in their environment: a line for each, with
 * what stands before the text's first dash, the account, and the command line.
 */
export async function holdersDuring(
  world: World,
  texts: [string, string],
  work: () => Promise<unknown>
): Promise<string[]> {
  const stop = `/tmp/watched-${texts[0]}`
  await world.exec(['rm', '-f', stop])
  const watching = world.exec(['sh', '-c', WATCH, 'sh', ...texts, stop])
  try {
    await work()
  } finally {
    await world.exec(['touch', stop])
  }
  const { stdout } = await watching
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.trim()]))
}

/** The same at this moment: the processes' numbers. */
export async function holdersNow(world: World, texts: [string, string]): Promise<string[]> {
  const script = 'grep -lzF -e "$1" -e "$2" /proc/[0-9]*/environ'
  const { stdout } = await world.exec(['sh', '-c', script, 'sh', ...texts])
  return stdout.split('\n').filter((line) => line !== '')
}
