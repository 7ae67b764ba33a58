/**
 * The framing of PM2's RPC socket: one byte with the version (1) and the number of arguments, then
 * each argument with its length in four bytes. An argument is text after `s:` or JSON after `j:`.
 */
export function encodeMessage(args: unknown[]): Buffer {
  const parts = args.flatMap((arg) => {
    const content = Buffer.from(typeof arg === 'string' ? `s:${arg}` : `j:${JSON.stringify(arg)}`)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    return [length, content]
  })
  return Buffer.concat([Buffer.from([(1 << 4) | args.length]), ...parts])
}

/** The first message in what has come so far, or null where it is not whole yet. */
export function decodeMessage(received: Buffer): unknown[] | null {
  const meta = received[0]
  if (meta === undefined) return null
  const args: unknown[] = []
  let offset = 1
  for (let left = meta & 0xf; left > 0; left--) {
    if (received.length < offset + 4) return null
    const end = offset + 4 + received.readUInt32BE(offset)
    if (received.length < end) return null
    args.push(decodeArgument(received.subarray(offset + 4, end)))
    offset = end
  }
  return args
}

function decodeArgument(arg: Buffer): unknown {
  const text = arg.toString('utf8')
  if (text.startsWith('j:')) return JSON.parse(text.slice(2))
  return text.startsWith('s:') ? text.slice(2) : text
}
