import { count } from '../report/format.ts'
import { doctorMatrix } from '../tenant/doctor-matrix.ts'
import { surveyHosts } from '../tenant/choose.ts'
import { annotate, complaintAnnotations } from './annotations.ts'
import { print, setOutput } from './log.ts'

/**
 * Sets the output `matrix`: the jobs that look at all tenants. Manifests with faults are told, and hold nobody up: the
 * job of its host says that such a tenant could not be looked at. One that names no host is told here alone.
 */
export function doctorPlan(repository: string): number {
  const { hosts, complaints } = surveyHosts(repository)
  annotate(complaintAnnotations(complaints).map((annotation) => ({ ...annotation, kind: 'warning' as const })))
  const matrix = doctorMatrix(hosts)
  const tenants = hosts.reduce((sum, host) => sum + host.tenants.length, 0)
  print(`${count(tenants, 'tenant')} on ${count(hosts.length, 'host')} in ${count(matrix.include.length, 'job')}`)
  setOutput('matrix', JSON.stringify(matrix))
  return 0
}
