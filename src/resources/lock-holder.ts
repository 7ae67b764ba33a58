import { z } from 'zod'

/** Who holds a tenant's lock; what a waiting run is told. */
const Holder = z.object({
  by: z.string(),
  host: z.string(),
  command: z.string(),
  run: z.string().nullable(),
  at: z.string()
})
export type Holder = z.infer<typeof Holder>

/** From the line that a holder leaves in the tenant's lock. */
export function describeHolder(line: string): string {
  try {
    const { by, host, command, run, at } = Holder.parse(JSON.parse(line))
    return `${by} on ${host} (${command}) since ${at}${run === null ? '' : `, ${run}`}`
  } catch {
    // The holder has not written its name yet.
    return 'a run that has just begun'
  }
}
