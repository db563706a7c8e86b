import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'

const executablePath = '/usr/bin/chromium'

const server = fileURLToPath(new URL('../server.mjs', import.meta.url))

const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Declares tests that need Chromium. Without it they are skipped with the reason; on CI that is a failure. */
export function describeInChromium(name: string, tests: () => void): void {
  if (existsSync(executablePath)) {
    describe(name, tests)
    return
  }
  const missing = `there is no ${executablePath}: bash tools/install/runtimes.sh`
  describe(name, () => {
    console.warn(`SKIPPED: ${name}: ${missing}`)
    test('has what it needs', ({ skip }) => {
      expect(process.env['CI'], missing).toBeUndefined()
      // skipped where the machine lacks it
      skip(missing)
    })
  })
}

/** A request as the server has received it. */
export interface Received {
  readonly method: string
  readonly target: string
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** The server of the example, as a user starts it, with an ear in it. */
export interface RunningServer {
  readonly url: string
  /** What the API has received so far. */
  readonly received: readonly Received[]
  /** What it has printed so far, line by line. */
  readonly printed: readonly string[]
  stop(): void
}

/** Runs in the process of the server, before it: tells on stderr what arrives. It reads along, and takes nothing away. */
const ear = `
  import { subscribe } from 'node:diagnostics_channel'
  subscribe('http.server.request.start', ({ request }) => {
    const { method, url: target, rawHeaders } = request
    if (!target.startsWith('/api/')) return
    const chunks = []
    const push = request.push
    request.push = function (chunk, encoding) {
      if (chunk !== null) chunks.push(chunk)
      else process.stderr.write(JSON.stringify({ method, target, rawHeaders, body: Buffer.concat(chunks).toString() }) + '\\n')
      return push.call(this, chunk, encoding)
    }
  })`

/** Starts the server on a free port. */
export async function startServer(): Promise<RunningServer> {
  const preload = `data:text/javascript,${encodeURIComponent(ear)}`
  const child = spawn(process.execPath, ['--import', preload, server], { stdio: ['ignore', 'pipe', 'pipe'] })
  const received: Received[] = []
  const unexpected: string[] = []
  const printed: string[] = []
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('{')) received.push(JSON.parse(line) as Received)
    else unexpected.push(line)
  })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      printed.push(line)
      const [found] = /http:\S+/.exec(line) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('close', (code) => reject(new Error(`the server ended with ${code}: ${unexpected.join('\n')}`)))
  })
  return { url, received, printed, stop: () => stop(child) }
}

function stop(child: ChildProcess): void {
  child.kill('SIGKILL')
}

/** Starts Chromium with a profile of its own. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args: chromiumArguments })
}

/** What the page and the browser have complained about. A refusal of the bank is no complaint. */
export interface OpenedPage {
  readonly page: Page
  readonly complaints: readonly string[]
}

/** Opens the page as a visitor of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // Chromium writes each 401 of a fetch to the console by itself.
    const isRefusal = message.text().includes('the server responded with a status of 401')
    if (['error', 'warning'].includes(message.type()) && !isRefusal) complaints.push(message.text())
  })
  await page.goto(url)
  await page.getByRole('status').getByText('Ready.').waitFor()
  return { page, complaints }
}
