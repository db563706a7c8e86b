import type { Severity } from '../cases/case.ts'
import type { ProbeReport, ReportedCase } from './probe-report.ts'

/** SARIF 2.1.0 3.27.10. */
const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'warning',
  info: 'note',
}

/** What code scanning sorts by: a number from 0 to 10, as a text. */
const scores: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  info: '0.0',
}

/** SARIF 2.1.0: a rule for each case, a result for each that was played. */
export function sarifReport(report: ProbeReport): string {
  const played = report.cases.filter(({ outcome }) => outcome !== 'not-applicable')
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            rules: report.cases.map(ruleOf),
          },
        },
        invocations: [
          {
            executionSuccessful: report.complete,
            startTimeUtc: report.started,
            endTimeUtc: new Date(Date.parse(report.started) + report.milliseconds).toISOString(),
            toolExecutionNotifications: report.remarks.map((text) => ({ level: 'note', message: { text } })),
          },
        ],
        results: played.map((one) => resultOf(one, report)),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function ruleOf({ id, title, advice, severity, owasp, attacks }: ReportedCase): object {
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${advice}` },
    help: { text: `${advice}\n\n${owasp}` },
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['security', owasp], 'security-severity': scores[severity], attacks },
  }
}

function resultOf(one: ReportedCase, { target, cases }: ProbeReport): object {
  const kinds = {
    finding: 'fail',
    implied: 'informational',
    held: 'pass',
    inconclusive: 'open',
    'not-applicable': 'notApplicable',
  } as const
  const kind = kinds[one.outcome]
  return {
    ruleId: one.id,
    ruleIndex: cases.indexOf(one),
    kind,
    // SARIF 3.27.10: whatever is no failure has no level.
    level: kind === 'fail' ? levels[one.severity] : 'none',
    message: { text: `${one.title}: ${one.reason}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: target.url.replace(/[?#].*$/s, '') } },
        logicalLocations: [{ fullyQualifiedName: `${target.method} ${target.url}`, kind: 'resource' }],
      },
    ],
    partialFingerprints: { 'countersignProbe/v1': `${one.id} ${target.method} ${target.url}` },
    properties: { severity: one.severity, owasp: one.owasp, evidence: one.evidence },
  }
}

function pascalCase(id: string): string {
  return id.replace(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase())
}
