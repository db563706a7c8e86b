import { escapeMarkup } from './escape.ts'
import type { ProbeReport, ReportedCase } from './probe-report.ts'

/** JUnit XML, as CI servers read it: a suite for each group, a failure for each finding. */
export function junitReport(report: ProbeReport): string {
  const groups = [...new Set(report.cases.map(({ group }) => group))]
  const suites = groups.map((group) =>
    suite(
      group,
      report.cases.filter((one) => one.group === group),
    ),
  )
  const attributes = countAttributes(report.cases)
  const name = escapeMarkup(`countersign probe ${report.target.method} ${report.target.url}`)
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${name}" ${attributes} time="${(report.milliseconds / 1000).toFixed(3)}">
${suites.join('\n')}
</testsuites>
`
}

function suite(group: string, cases: readonly ReportedCase[]): string {
  return `  <testsuite name="${escapeMarkup(group)}" ${countAttributes(cases)}>
${cases.map(testCase).join('\n')}
  </testsuite>`
}

function countAttributes(cases: readonly ReportedCase[]): string {
  const failures = cases.filter(isFailure).length
  const skipped = cases.filter(({ outcome }) => outcome !== 'held' && outcome !== 'finding').length
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`
}

/** What is said for information does not fail a build. */
function isFailure({ outcome, severity }: ReportedCase): boolean {
  return outcome === 'finding' && severity !== 'info'
}

function testCase(one: ReportedCase): string {
  const head = `    <testcase name="${escapeMarkup(`${one.id}: ${one.title}`)}" classname="${escapeMarkup(`probe.${one.group}`)}"`
  if (isFailure(one)) {
    const text = [one.reason, '', ...evidenceLines(one), '', `What to do: ${one.advice}`, one.owasp].join('\n')
    return `${head}>
      <failure type="${escapeMarkup(one.severity)}" message="${escapeMarkup(one.reason)}">${escapeMarkup(text)}</failure>
    </testcase>`
  }
  if (one.outcome === 'held' || one.outcome === 'finding') return `${head}/>`
  return `${head}>
      <skipped message="${escapeMarkup(`${one.outcome}: ${one.reason}`)}"/>
    </testcase>`
}

function evidenceLines({ evidence }: ReportedCase): readonly string[] {
  return evidence.map(({ sent, expected, answer }) => `${sent}: ${answer} (should be ${expected})`)
}
