// A shorter text is found all over a log: masking it would hide everything else and protect nothing.
const shortest = 4
// So few letters of base64 are found anywhere in a long log.
const shortestAmid = 8

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
    encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
    encodeURIComponent(text).replaceAll('%20', '+'),
    encodeURI(text),
    Buffer.from(text).toString('hex'),
    ...amidBase64(text),
    // A login puts the value amid other text, where its padding is missing.
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
    Buffer.from(text).toString('base64url')
  ])
  return Array.from(new Set(forms)).sort((a, b) => b.length - a.length)
}

/** What is the same of it in base64, whatever stands before and behind it. */
function amidBase64(text: string): string[] {
  const bytes = Buffer.from(text)
  const forms = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  return forms.filter((form) => form.length >= shortestAmid)
}

/** Whether masking the value would leave the rest of a log readable. */
export function isMaskable(value: string): boolean {
  return value.trim().length >= shortest
}
