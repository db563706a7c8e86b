import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { escapeMarkup } from '../../src/commands/probe/report/escape.ts'
import { formatOfFile } from '../../src/commands/probe/report/formats.ts'
import { countersign, type Ran } from '../made-world.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { bodyOf, openServer, startServer } from './test-server.ts'

const file = temporaryFolder()
const secrets = {
  apiKey: 'sk_live_4f9d2c81e7aa',
  bearer: 'eyJhbGciOiJub25lIn0.abcdef',
  cookie: 's3ss10n-cookie-value',
  password: 'correct horse battery',
  query: 'q-token-55aa77',
  signature: 'deadbeefcafe0123456789',
  body: 'account-of-bob-4711',
}
const hostile = `<script>alert("x")</script>\u001b[31m\u0000&'\u202e`
const formats = ['table', 'json', 'junit', 'sarif', 'html'] as const
const written = new Map<string, string>()
let ran: Ran

/** A server that shows everything it was sent, and worse. */
beforeAll(async () => {
  const server = await openServer(() => async (request, response, run) => {
    const body = await bodyOf(request).catch(() => Buffer.alloc(0))
    const id = run()
    const echo = `${id} ${JSON.stringify(request.rawHeaders)} ${request.url} ${body} ${hostile}`
    // Node would refuse to send such a reason.
    const reason = `OK ${String(request.headers['x-api-key'] ?? '')} <b>\u001b[31m\u0007\u009b`
    const head = `HTTP/1.1 200 ${reason}\r\nContent-Length: ${Buffer.byteLength(echo)}\r\nConnection: close\r\n\r\n`
    response.socket?.end(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(echo)]))
  })
  const line = [
    `curl '${server.origin}/pay?token=${secrets.query}&note=hello'`,
    `-H 'X-API-Key: ${secrets.apiKey}' -H 'Cookie: session=${secrets.cookie}; theme=dark'`,
    `-H 'Authorization: Bearer ${secrets.bearer}' -H 'X-Signature: ${secrets.signature}' -H 'X-Timestamp: 1795305600'`,
    `--data-raw '{"to":"${secrets.body}","password":"${secrets.password}"}'`,
  ].join(' ')
  const reports = ['r.txt', 'r.json', 'r.xml', 'r.sarif', 'r.html'].map(file)
  ran = await countersign(['probe', '--curl', '-', '--wait', '0', ...reports.flatMap((path) => ['--report', path])], {
    stdin: line,
  })
  for (const [index, format] of formats.entries()) written.set(format, readFileSync(reports[index] ?? '', 'utf8'))
  await server.close()
})

const text = (format: (typeof formats)[number]): string => written.get(format) ?? ''

describe('every report', () => {
  it('has the findings', () => {
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('The same bytes twice')
    for (const format of formats) expect(text(format), format).toContain('replay-concurrent')
  })

  it.each(formats)('in %s holds no secret of the request', (format) => {
    for (const [what, secret] of Object.entries(secrets)) expect(text(format).includes(secret), what).toBe(false)
    expect(`${ran.stdout}${ran.stderr}`.includes(secrets.apiKey)).toBe(false)
    expect(text(format)).toContain('[redacted]')
  })

  it.each(formats)('in %s has no control characters of the server', (format) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text(format)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  it('names its format by its ending', () => {
    expect(
      ['a.html', 'a.HTM', 'a.sarif', 'a.sarif.json', 'a.json', 'a.xml', 'a.txt', 'a', 'a.pdf', 'a.constructor'].map(
        formatOfFile,
      ),
    ).toEqual(['html', 'html', 'sarif', 'sarif', 'json', 'junit', 'table', undefined, undefined, undefined])
  })
})

describe('HTML', () => {
  it('is one file without scripts, and with what the server said as text', () => {
    const html = text('html')
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(html).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|javascript:|https?:\/\/(?!127\.0\.0\.1)/i)
    expect(html).toContain("default-src 'none'")
    expect(html).toContain('&lt;b&gt;')
    expect(html).not.toContain('<b>')
    expectBalanced(html.replace(/<!doctype html>|<meta[^>]*>/g, '').replace(/<style>[\s\S]*<\/style>/, ''))
  })
})

describe('JUnit', () => {
  it('is well-formed, and counts what it holds', () => {
    const xml = text('junit')
    expectBalanced(xml.replace(/^<\?xml[^>]*\?>/, ''))
    const count = (pattern: RegExp): number => [...xml.matchAll(pattern)].length
    const [, tests, failures, skipped] =
      /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="0" skipped="(\d+)"/.exec(xml) ?? []
    expect(Number(tests)).toBe(count(/<testcase /g))
    expect(Number(failures)).toBe(count(/<failure /g))
    expect(Number(skipped)).toBe(count(/<skipped /g))
    expect(Number(failures)).toBeGreaterThan(2)
  })

  it('escapes what XML does not take', () => {
    expect(escapeMarkup(`<a b="c" d='e'>&\u0001\ud800`)).toBe(
      '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\ufffd\ufffd',
    )
  })
})

describe('SARIF', () => {
  it('has what version 2.1.0 requires', () => {
    const log = JSON.parse(text('sarif')) as SarifLog
    expect(log.version).toBe('2.1.0')
    expect(log.$schema).toMatch(/sarif-2\.1\.0\.json$/)
    const [run, ...others] = log.runs
    expect(others).toEqual([])
    const rules = run?.tool.driver.rules ?? []
    expect(run?.tool.driver.name).toBe('countersign probe')
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    for (const rule of rules) {
      expect(rule.shortDescription.text).not.toBe('')
      expect(['error', 'warning', 'note']).toContain(rule.defaultConfiguration.level)
    }
    expect(run?.results.length).toBeGreaterThan(3)
    for (const { ruleId, ruleIndex, kind, level, message, locations } of run?.results ?? []) {
      expect(rules[ruleIndex]?.id).toBe(ruleId)
      expect(kind === 'fail' ? ['error', 'warning', 'note'] : ['none']).toContain(level)
      expect(message.text).not.toBe('')
      expect(locations[0]?.physicalLocation.artifactLocation.uri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/pay$/)
    }
    expect(run?.results.find(({ ruleId }) => ruleId === 'replay')).toMatchObject({ kind: 'fail', level: 'error' })
    expect(run?.invocations[0]).toMatchObject({ executionSuccessful: true })
  })
})

describe('the table', () => {
  it('is as wide as the terminal, with colour and progress there alone', async () => {
    const server = await startServer(() => (_request, response) => response.end('weather'))
    const args = ['probe', 'GET', `${server.origin}/weather`, '-H', 'X-API-Key: abcdefgh', '--wait', '0']
    const piped = await countersign(args)
    expect(piped.stdout + piped.stderr).not.toContain('\u001b')
    const shown = await countersign(args, { terminal: true, columns: 60 })
    expect(shown.stdout).toContain('\u001b[')
    expect(shown.stderr).toContain('replay')
    expect(Math.max(...caseLines(piped.stdout).map((line) => line.length))).toBeLessThanOrEqual(80)
  })
})

interface SarifLog {
  readonly $schema: string
  readonly version: string
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly SarifRule[] } }
    readonly invocations: readonly object[]
    readonly results: readonly SarifResult[]
  }[]
}
interface SarifRule {
  readonly id: string
  readonly shortDescription: { readonly text: string }
  readonly defaultConfiguration: { readonly level: string }
}
interface SarifResult {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly kind: string
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[]
}

/** Every element that opens closes, in its order, and no bare "<" or "&" stands in text. */
function expectBalanced(markup: string): void {
  const open: string[] = []
  let position = 0
  for (const { 0: tag, 1: close, 2: name = '', 3: self, index } of markup.matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?:\s+[\w:-]+(?:="[^"<]*")?)*\s*(\/?)>/g,
  )) {
    expect(markup.slice(position, index)).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/)
    position = index + tag.length
    if (close === '/') expect(open.pop()).toBe(name)
    else if (self !== '/') open.push(name)
  }
  expect(open).toEqual([])
}

function caseLines(table: string): readonly string[] {
  return table.split('\n').filter((line) => /^(?:FOUND|held|in doubt|implied)/.test(line))
}
