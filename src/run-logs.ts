import { asRoot, connect, secretsFor } from './access.ts'
import { readLogs, type LogsOutput } from './logs/read.ts'
import { redaction } from './redaction.ts'
import type { LogEntry } from './report/report.ts'
import type { LogsRequest } from './request.ts'
import { chosenLanes } from './run.ts'
import { layout } from './tenant/layout.ts'
import { loadTenant } from './tenant/load.ts'

/**
 * Shows a tenant's logs, without its secrets.
 * @throws TenantError; what `signal` aborts with, where it does, which is how following ends
 */
export async function runLogs(request: LogsRequest, output: LogsOutput, signal: AbortSignal): Promise<void> {
  const { tenant, host: file } = loadTenant(request.repository, request.tenant)
  const host = asRoot(request, file)
  const lanes = chosenLanes(request, tenant)
  secretsFor(request, host)
  const redacted: LogsOutput = { show: (entries) => output.show(withoutSecrets(entries)), say: output.say }
  const logs = new Map<string, (lines: readonly string[]) => string[]>()
  // The lines of several logs come in one list; what belongs together are those of one.
  function withoutSecrets(entries: readonly LogEntry[]): LogEntry[] {
    const shown = entries.map((entry) => ({ ...entry }))
    const keyOf = ({ lane, source }: LogEntry) => `${lane} ${source}`
    for (const key of new Set(shown.map(keyOf))) {
      if (!logs.has(key)) logs.set(key, redaction.lines())
      const own = shown.filter((entry) => keyOf(entry) === key)
      for (const [at, text] of logs.get(key)!(own.map(({ text }) => text)).entries()) own[at]!.text = text
    }
    return shown
  }
  await using remote = await connect(request, host, signal, 'act')
  await readLogs(remote, layout(host, tenant), { ...request, lanes }, redacted, signal)
}
