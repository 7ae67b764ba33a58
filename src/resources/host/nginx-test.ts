import type { NginxTestRequest } from '../../facts/requests.ts'
import type { Host } from '../../tenant/host.ts'
import { IN_SYNC, judged, type Watched } from '../resource.ts'

const MOST_LINES = 2
const MOST_CHARACTERS = 300

/**
 * nginx accepts its whole configuration as it stands in the files: what runs may have been loaded before, and would not
 * come up again.
 */
export function nginxTestResource({ nginx }: Host): Watched<{ test: NginxTestRequest }> {
  const { command, config, sites, pid } = nginx
  return {
    address: 'host.nginx.test',
    requests: { test: { kind: 'nginx-test', command, config, sites, pidFile: pid } },
    remedy: `correct what nginx names, until ${command} -t accepts it: nginx goes on with what it has loaded, and takes nothing new and starts no more until then`,
    compare({ test: { accepted, said } }) {
      return accepted ? IN_SYNC : judged([{ attribute: config, expected: 'accepted by nginx', actual: firstOf(said) }])
    }
  }
}

/** Without the time and the number of the process, which are others each time, and the last line, which says that it failed. */
function firstOf(said: string): string {
  const lines = said
    .split('\n')
    .map((line) =>
      line.replace(/^(?:nginx: |\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )/, '').replace(/^(\[\w+\]) \d+#\d+:/, '$1')
    )
    .filter((line) => line.trim() !== '' && !/^configuration file .* test failed$/.test(line))
  const told = lines.slice(0, MOST_LINES).join('; ')
  if (told === '') return 'not accepted'
  return told.length > MOST_CHARACTERS ? `${told.slice(0, MOST_CHARACTERS)}…` : told
}
