export type Body = { form: boolean; fields: Record<string, unknown> } | { error: string; status: 400 | 413 | 415 }

const LONGEST_BODY = 16_384

/** Reads a JSON object or an HTML form; anything else is told what to send instead. */
export async function readBody(request: Request): Promise<Body> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json' && type !== 'application/x-www-form-urlencoded') {
    return { status: 415, error: 'Send application/json or application/x-www-form-urlencoded.' }
  }
  const text = await request.text()
  if (text.length > LONGEST_BODY) return { status: 413, error: 'That is too much text for a booking.' }
  if (type === 'application/x-www-form-urlencoded') {
    return { form: true, fields: Object.fromEntries(new URLSearchParams(text)) }
  }
  const fields = parseObject(text)
  return fields ? { form: false, fields } : { status: 400, error: 'The body is not a JSON object.' }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
