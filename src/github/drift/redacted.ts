import type { DoctorReport } from '../../report/doctor-report.ts'

/**
 * The report with secrets taken out of all that came from a host. It is done before anything is cut, escaped or hashed:
 * afterwards a secret would not be known any more, and its hash would be shown to everybody who can guess.
 */
export function withoutSecrets(report: DoctorReport, redact: (text: string) => string): DoctorReport {
  const findings = report.findings.map((finding) => ({
    ...finding,
    address: redact(finding.address),
    differences: finding.differences.map(({ attribute, expected, actual }) => ({
      attribute: redact(attribute),
      expected: redact(expected),
      actual: redact(actual)
    })),
    ...(finding.diff === undefined ? {} : { diff: redact(finding.diff) }),
    ...(finding.cause === undefined ? {} : { cause: redact(finding.cause) }),
    remedy: redact(finding.remedy),
    consequences: finding.consequences.map((one) => ({
      ...one,
      address: redact(one.address),
      summary: redact(one.summary)
    }))
  }))
  return { ...report, findings }
}
