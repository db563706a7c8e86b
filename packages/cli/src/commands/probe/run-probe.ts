import { lookup as lookUp } from 'node:dns/promises'
import { writeFile } from 'node:fs/promises'
import type { RunCommand } from '../../command.ts'
import type { ExitCode } from '../../exit-codes.ts'
import { failureOf, usageFailure } from '../../failure.ts'
import { wholeSeconds } from '../../messages/signing-options.ts'
import type { Lookup } from '../../sending/host-guard.ts'
import { painter } from '../../terminal/paint.ts'
import { progressOn } from '../../terminal/progress.ts'
import type { World } from '../../world.ts'
import { allCases } from './cases/all-cases.ts'
import type { ProbeCase } from './cases/case.ts'
import { type FormatName, formatNames, formatOfFile, formats, isFormat } from './report/formats.ts'
import { exitCodeOfReport, type ProbeReport, probeReport } from './report/probe-report.ts'
import { countReader } from './session/counter.ts'
import { createPace, type Pace } from './session/pace.ts'
import { runSession } from './session/run-session.ts'
import { createTransport, type Transport } from './session/transport.ts'
import { type PreparedTarget, prepareTarget, type TargetOptions } from './target/prepare-target.ts'
import { userAgent } from './target/read-target.ts'

/** What `probe` can be told. */
export interface ProbeOptions extends TargetOptions {
  readonly case?: readonly string[]
  readonly maxRequests: string
  readonly rate?: string
  readonly timeout: string
  readonly timeLimit: string
  readonly format: string
  readonly json?: boolean
  readonly report?: readonly string[]
}

const systemLookup: Lookup = async (hostname) => {
  const found = await lookUp(hostname, { all: true })
  return found.map(({ address }) => address)
}

/** Makes the command, with a way to look names up. */
export function createProbe(lookup: Lookup): RunCommand<ProbeOptions> {
  return async ({ arguments: args, options, world }) => {
    const format = formatOf(options)
    const files = reportFiles(options)
    const cases = selectedCases(options.case)
    const limits = limitsOf(options)
    const prepared = await prepareTarget(args, options, { lookup, world })
    const report = await scan(prepared, { cases, limits, world })
    const style = { paint: painter(world.stdout, world.env), columns: world.stdout.columns }
    world.stdout.write(formats[format](report, style))
    await writeReports(report, files)
    return exitCode(report, world)
  }
}

/** `countersign probe`. */
export const runProbe: RunCommand<ProbeOptions> = createProbe(systemLookup)

interface Limits {
  readonly maxRequests: number
  readonly rate: number | undefined
  readonly timeoutSeconds: number
  readonly timeLimitSeconds: number
}

/** Requests in a second, where nothing else is said. */
const usualRate = { here: 500, elsewhere: 5 } as const

interface ScanParts {
  readonly cases: readonly ProbeCase[]
  readonly limits: Limits
  readonly world: World
}

async function scan({ target, countUrl, countRoute }: PreparedTarget, parts: ScanParts): Promise<ProbeReport> {
  const { cases, limits, world } = parts
  const pace = createPace({
    maxRequests: limits.maxRequests,
    rate: limits.rate ?? (target.loopback ? usualRate.here : usualRate.elsewhere),
    timeLimitMilliseconds: limits.timeLimitSeconds * 1000,
    signal: world.signal,
  })
  const timeoutMilliseconds = limits.timeoutSeconds * 1000
  const transportTo = (route: (typeof target.place.routes)[number]): Transport =>
    createTransport({ route, pace, signal: world.signal, timeoutMilliseconds })
  const [route] = target.place.routes
  if (route === undefined) throw usageFailure('there is nowhere to send to')
  const readCount =
    countUrl === undefined || countRoute === undefined
      ? undefined
      : countReader(countUrl, transportTo(countRoute), userAgent)
  const progress = progressOn(world.stderr)
  const begun = { clock: world.clock(), steady: performance.now() }
  try {
    const record = await runSession({
      target,
      transport: transportTo(route),
      pace,
      readCount,
      cases,
      signal: world.signal,
      onCase: ({ id }, index) => progress.say(progressText(id, index, { cases, pace })),
    })
    return probeReport(target, record, { started: begun.clock, milliseconds: performance.now() - begun.steady })
  } finally {
    progress.end()
  }
}

function progressText(
  id: string,
  index: number,
  { cases, pace }: { readonly cases: readonly ProbeCase[]; readonly pace: Pace },
): string {
  return `${index + 1}/${cases.length}  ${id}  (${pace.taken} requests)`
}

function formatOf({ format, json }: ProbeOptions): FormatName {
  if (json) return 'json'
  if (isFormat(format)) return format
  throw usageFailure(`there is no format "${format.slice(0, 40)}": take one of ${formatNames.join(', ')}`)
}

interface ReportFile {
  readonly path: string
  readonly format: FormatName
}

function reportFiles({ report = [] }: ProbeOptions): readonly ReportFile[] {
  return report.map((path) => {
    const format = formatOfFile(path)
    if (format !== undefined) return { path, format }
    throw usageFailure(`${path} does not say its format: end it with .html, .json, .sarif, .xml or .txt`)
  })
}

async function writeReports(report: ProbeReport, files: readonly ReportFile[]): Promise<void> {
  for (const { path, format } of files) {
    try {
      await writeFile(path, formats[format](report, { paint: (_style, text) => text, columns: 100 }))
    } catch (error) {
      throw failureOf(`the report ${path} cannot be written`, error)
    }
  }
}

function selectedCases(ids: readonly string[] | undefined): readonly ProbeCase[] {
  if (ids === undefined) return allCases
  return ids.map((id) => {
    const found = allCases.find((one) => one.id === id)
    if (found === undefined) throw usageFailure(`there is no case "${id.slice(0, 60)}": docs/probe.md lists them`)
    return found
  })
}

function limitsOf(options: ProbeOptions): Limits {
  const [maxRequests, rate] = [wholeNumber('--max-requests', options.maxRequests), options.rate]
  return {
    maxRequests,
    rate: rate === undefined ? undefined : wholeNumber('--rate', rate),
    timeoutSeconds: Math.max(1, wholeSeconds('--timeout', options.timeout)),
    timeLimitSeconds: wholeSeconds('--time-limit', options.timeLimit),
  }
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw usageFailure(`${option} takes a whole number from 1 on, and not "${text.slice(0, 40)}"`)
}

function exitCode(report: ProbeReport, { stderr }: World): ExitCode {
  if (!report.control.accepted) stderr.write('countersign: no request was let in, so that refusals say nothing\n')
  return exitCodeOfReport(report)
}
