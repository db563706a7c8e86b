import type { Outcome } from '../verdict.ts'
import { escapeMarkup } from './escape.ts'
import { reportStyle } from './html-style.ts'
import type { ProbeReport, ReportedCase, ReportedEvidence } from './probe-report.ts'

/** The report to read: one file, without scripts, that fetches nothing. */
export function htmlReport(report: ProbeReport): string {
  const title = escapeMarkup(`Replay scan of ${report.target.method} ${report.target.url}`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${header(report)}
${findingsSection(report)}
${tableSection(report, 'implied', 'Let in too: follows from the findings')}
${tableSection(report, 'inconclusive', 'In doubt')}
${tableSection(report, 'held', 'What held')}
${tableSection(report, 'not-applicable', 'Not for this target')}
</main>
</body>
</html>
`
}

function header(report: ProbeReport): string {
  const { target, summary, started, requests, milliseconds, tool } = report
  const counts: readonly (readonly [number, string])[] = [
    [summary.findings, 'found'],
    ...(summary.implied === 0 ? [] : [[summary.implied, 'follow from those'] as const]),
    [summary.held, 'held'],
    [summary.inconclusive, 'in doubt'],
    [summary.notApplicable, 'not for this target'],
  ]
  return `<header>
<h1>Replay scan</h1>
<p class="mono">${escapeMarkup(`${target.method} ${target.url}`)}</p>
<p class="dim">${escapeMarkup(`${started}, ${requests} requests in ${(milliseconds / 1000).toFixed(1)} s, ${tool.name} ${tool.version}`)}</p>
<ul class="counts">
${counts.map(([number, what]) => `<li><strong>${number}</strong>${what}</li>`).join('\n')}
</ul>
<p>${escapeMarkup(sentences(report).join(' '))}</p>
${report.remarks.map((remark) => `<p class="remark">${escapeMarkup(remark)}</p>`).join('\n')}
</header>`
}

function sentences({ target, control, window, count }: ProbeReport): readonly string[] {
  const signed = {
    rfc9421: 'The requests are signed by RFC 9421.',
    'home-made': 'The request is signed in a way of its own.',
    none: 'The request is not signed.',
  } as const
  return [
    signed[target.signed],
    target.mode === 'key' ? 'Each case stands between fresh requests.' : 'It was sent as it was captured.',
    `The control was answered ${control.answer}.`,
    ...(count?.perControl === 1 ? ['What the server did was counted.'] : []),
    ...(window === null
      ? []
      : [`A signature is let in ${window.maxAgeSeconds} s old, and ${window.futureSkewSeconds} s in the future.`]),
  ]
}

const rank = ['critical', 'high', 'medium', 'low', 'info']

function findingsSection({ cases }: ProbeReport): string {
  const findings = cases
    .filter(({ outcome }) => outcome === 'finding')
    .sort((left, right) => rank.indexOf(left.severity) - rank.indexOf(right.severity))
  if (findings.length === 0) return '<h2>Findings</h2>\n<p>Nothing was found.</p>'
  return `<h2>Findings</h2>\n${findings.map(finding).join('\n')}`
}

function finding(one: ReportedCase): string {
  return `<article class="${one.severity}" id="${one.id}">
<h3><span class="badge">${one.severity}</span>${escapeMarkup(one.title)}</h3>
<p class="dim"><code>${one.id}</code> · ${escapeMarkup(one.owasp)}</p>
<p>${escapeMarkup(one.reason)}</p>
<p><strong>What to do:</strong> ${escapeMarkup(one.advice)}</p>
${evidenceTable(one.evidence)}
</article>`
}

/** Of many lines that say the same, the first few and the wrong ones. */
const shownEvidence = 12

function evidenceTable(evidence: readonly ReportedEvidence[]): string {
  const shown = evidence.filter(({ wrong }, index) => wrong || index < shownEvidence)
  if (shown.length === 0) return ''
  const rows = shown.map(
    ({ sent, expected, answer, wrong }) =>
      `<tr${wrong ? ' class="wrong"' : ''}><td>${escapeMarkup(sent)}</td><td>${escapeMarkup(expected)}</td><td>${escapeMarkup(answer)}</td></tr>`,
  )
  return `<div class="scroll"><table>
<thead><tr><th>What was sent</th><th>Should be</th><th>Was answered</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`
}

function tableSection({ cases }: ProbeReport, outcome: Outcome, title: string): string {
  const rows = cases.filter((one) => one.outcome === outcome)
  if (rows.length === 0) return ''
  const lines = rows.map(
    (one) =>
      `<tr><td><code>${one.id}</code></td><td>${escapeMarkup(one.title)}</td><td>${escapeMarkup(outcome === 'held' ? answersOf(one) : one.reason)}</td></tr>`,
  )
  return `<h2>${title} (${rows.length})</h2>
<div class="scroll"><table>
<thead><tr><th>Case</th><th>What was tried</th><th>${outcome === 'held' ? 'Was answered' : 'Why'}</th></tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table></div>`
}

/** The different answers to what had to be refused. */
function answersOf({ evidence, reason }: ReportedCase): string {
  const answers = [...new Set(evidence.filter(({ expected }) => expected !== 'let in').map(({ answer }) => answer))]
  return answers.length === 0 ? reason : answers.slice(0, 4).join('; ')
}
