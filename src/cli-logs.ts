import { ExitCode, TenantError } from './errors.ts'
import { visible } from './report/escape.ts'
import { logJson, logLines } from './report/log-lines.ts'
import type { LogsRequest } from './request.ts'
import { redaction } from './redaction.ts'
import { runLogs } from './run-logs.ts'

/** `tenant logs`: prints lines as they come. Following ends well by Ctrl-C, and all of it when nobody reads any more. */
export async function showLogs(request: LogsRequest & { json: boolean }, mayColor: boolean): Promise<number> {
  const controller = new AbortController()
  const ended = new TenantError('interrupted', 'ended by a signal')
  const unread = new TenantError('interrupted', 'nobody reads what is printed')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort(ended))
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    controller.abort(error.code === 'EPIPE' ? unread : notWritten(error))
  )
  const line = request.json
    ? logJson
    : logLines(request.lanes === 'all' ? ['app', 'marketing'] : [request.lanes], mayColor && process.stdout.isTTY)
  try {
    await runLogs(
      request,
      {
        show: (entries) => {
          const shown = entries.map((entry) => `${line(entry)}\n`).join('')
          return print(request.json ? shown : redaction.text(shown))
        },
        say: (text) => void process.stderr.write(redaction.text(`${visible(redaction.text(text))}\n`))
      },
      controller.signal
    )
  } catch (thrown) {
    const { reason } = controller.signal as { reason: unknown }
    if (thrown !== reason || !(reason === unread || (reason === ended && request.follow))) throw thrown
  }
  return ExitCode.ok
}

/** Resolves when it is taken; one who does not take it any more is told of elsewhere. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '') resolve()
    else process.stdout.write(text, () => resolve())
  })
}

function notWritten(error: Error): TenantError {
  return new TenantError('internal', `the lines could not be printed: ${error.message}`, {
    remedy: 'look at where they go: a full disk takes no more'
  })
}
