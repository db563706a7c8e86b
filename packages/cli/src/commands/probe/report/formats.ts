import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import type { ProbeReport } from './probe-report.ts'
import { sarifReport } from './sarif.ts'
import { type TableStyle, tableReport } from './table.ts'

/** The name of a format. */
export type FormatName = 'table' | 'json' | 'junit' | 'sarif' | 'html'

/** Writes a report in a format. */
export type WriteReport = (report: ProbeReport, style: TableStyle) => string

/** Every format. */
export const formats: Readonly<Record<FormatName, WriteReport>> = {
  table: tableReport,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  junit: junitReport,
  sarif: sarifReport,
  html: htmlReport,
}

/** The names, for `--help` and mistakes. */
export const formatNames: readonly string[] = Object.keys(formats)

const byExtension: Readonly<Record<string, FormatName>> = {
  txt: 'table',
  json: 'json',
  xml: 'junit',
  sarif: 'sarif',
  html: 'html',
  htm: 'html',
}

/** The format of a file by its name; undefined where the name says nothing. */
export function formatOfFile(path: string): FormatName | undefined {
  if (/\.sarif\.json$/i.test(path)) return 'sarif'
  const extension = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined
}

/** Whether a text is the name of a format. */
export function isFormat(text: string): text is FormatName {
  return Object.hasOwn(formats, text)
}
