import type { Paint, TextStyle } from '../../../terminal/paint.ts'
import { wrap } from '../../../terminal/wrap.ts'
import type { Severity } from '../cases/case.ts'
import type { ProbeReport, ReportedCase } from './probe-report.ts'

/** How a table looks: its colours, and its width. */
export interface TableStyle {
  readonly paint: Paint
  readonly columns: number
}

const severityStyles: Readonly<Record<Severity, TextStyle>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'yellow',
  info: 'cyan',
}

const outcomeTexts = { held: 'held', inconclusive: 'in doubt', finding: 'FOUND', implied: 'implied' } as const

/** The report for a terminal: a line for each case that was played, then each finding with what to do. */
export function tableReport(report: ProbeReport, style: TableStyle): string {
  const { paint } = style
  const played = report.cases.filter(({ outcome }) => outcome !== 'not-applicable')
  const width = Math.max(4, ...played.map(({ id }) => id.length))
  const findings = report.cases.filter(({ outcome }) => outcome === 'finding')
  return [
    `${paint('bold', `${report.target.method} ${report.target.url}`)}  ${modeText(report)}`,
    ...report.remarks.map((remark) => paint('yellow', wrap(remark, style.columns))),
    '',
    ...played.map((one) => caseLine(one, width, style)),
    '',
    ...findings.flatMap((one) => findingLines(one, style)),
    summaryLine(report, paint),
    '',
  ].join('\n')
}

function modeText({ target }: ProbeReport): string {
  const signed = {
    rfc9421: 'signed by RFC 9421',
    'home-made': 'signed in a way of its own',
    none: 'not signed',
  } as const
  return `${signed[target.signed]}, ${target.mode === 'key' ? 'with a key' : 'as captured'}`
}

function caseLine(one: ReportedCase, width: number, { paint, columns }: TableStyle): string {
  const outcome = outcomeTexts[one.outcome as keyof typeof outcomeTexts].padEnd(8)
  const styled =
    one.outcome === 'held'
      ? paint('green', outcome)
      : paint(one.outcome === 'finding' ? severityStyles[one.severity] : 'yellow', outcome)
  const rest = Math.max(12, columns - width - 12)
  const text =
    one.outcome === 'held'
      ? one.title
      : `${one.outcome === 'finding' ? `${one.severity}: ` : ''}${one.outcome === 'finding' ? one.title : one.reason}`
  return `${styled}  ${one.id.padEnd(width)}  ${text.length > rest ? `${text.slice(0, rest - 1)}…` : text}`
}

function findingLines(one: ReportedCase, { paint, columns }: TableStyle): readonly string[] {
  return [
    `${paint(severityStyles[one.severity], `${one.severity.toUpperCase()}  ${one.title}`)}  ${paint('dim', `${one.id}, ${one.owasp}`)}`,
    `  ${wrap(one.reason, columns, '  ')}`,
    `  ${wrap(`What to do: ${one.advice}`, columns, '  ')}`,
    '',
  ]
}

function summaryLine({ summary, requests, milliseconds }: ProbeReport, paint: Paint): string {
  const { findings, implied, held, inconclusive, notApplicable } = summary
  const found = findings === 0 ? paint('green', 'nothing found') : paint('red', `${findings} found`)
  const spent = `${requests} requests, ${(milliseconds / 1000).toFixed(1)} s`
  const more = implied === 0 ? '' : ` (and ${implied} that follow)`
  return `${found}${more}, ${held} held, ${inconclusive} in doubt, ${notApplicable} not for this target (${spent})`
}
