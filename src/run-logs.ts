import { asRoot, connect, secretsFor } from './access.ts'
import { readLogs, type LogsOutput } from './logs/read.ts'
import { Redaction } from './redaction.ts'
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
  const redaction = new Redaction()
  redaction.add(secretsFor(request, host).values)
  const redacted: LogsOutput = {
    show: (entries) => output.show(entries.map((entry) => ({ ...entry, text: redaction.text(entry.text) }))),
    say: (text) => output.say(redaction.text(text))
  }
  await using remote = await connect(request, host, signal, 'act')
  await readLogs(remote, layout(host, tenant), { ...request, lanes }, redacted, signal)
}
