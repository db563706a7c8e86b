import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { createPainter, tableLines } from '../01-bank/terminal.mjs'
import { sendTraffic } from './traffic.mjs'

// Where a real server has an OTLP exporter, here the metrics stay in memory.
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const provider = new MeterProvider({ readers: [reader] })

const sent = await sendTraffic(provider.getMeter('bank'))
await provider.forceFlush()
const points = exporter
  .getMetrics()
  .at(-1)
  .scopeMetrics.flatMap(({ metrics }) => metrics)
  .flatMap(({ descriptor, dataPoints }) => {
    return dataPoints.map(({ attributes, value }) => ({ metric: descriptor.name, attributes, value }))
  })
await provider.shutdown()

// `--json` is for programs.
if (process.argv.includes('--json')) console.log(JSON.stringify({ sent, points }))
else printTables()

function printTables() {
  const paint = createPainter(process.stdout, process.env)
  const print = (title, columns, rows) => {
    console.log(`${paint('bold', title)}\n\n${tableLines(columns, [rows], paint).join('\n')}\n`)
  }
  const requests = sent.map(({ name, status }) => [[name], [String(status)]])
  print('What was sent', [{ title: 'request' }, { title: 'status', right: true }], requests)
  const metrics = points.map(({ metric, attributes, value }) => [
    [metric],
    [Object.values(attributes).join(' ')],
    [typeof value === 'number' ? String(value) : `${value.count} x ${milliseconds(value)}`],
  ])
  print(
    'What the metrics say',
    [{ title: 'metric' }, { title: 'attributes' }, { title: 'value', right: true }],
    metrics,
  )
}

function milliseconds({ sum, count }) {
  return `${((sum / count) * 1000).toFixed(2)} ms`
}
