// A shorter text is found all over a log: masking it would hide everything else and protect nothing.
const shortest = 4

/** Everything to mask for one secret: the value, each of its lines, and the forms in which it can turn up in a log. Longest first. */
export function masksOf(value: string): string[] {
  // Unpaired surrogates, which no encoder takes, become U+FFFD.
  const whole = Buffer.from(value).toString()
  const texts = [whole, whole.trim(), ...whole.split(/\r\n|\r|\n/).map((line) => line.trim())]
  const forms = texts.filter(isMaskable).flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    // As it stands in an `.env.local`.
    text.replaceAll('$', '\\$'),
    encodeURIComponent(text),
    encodeURI(text),
    // A login puts the value amid other text, where its padding is missing.
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
    Buffer.from(text).toString('base64url')
  ])
  return Array.from(new Set(forms)).sort((a, b) => b.length - a.length)
}

/** Whether masking the value would leave the rest of a log readable. */
export function isMaskable(value: string): boolean {
  return value.trim().length >= shortest
}
