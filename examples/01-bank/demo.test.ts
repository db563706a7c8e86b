import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../packages/verifier/test/servers/server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const demo = fileURLToPath(new URL('demo.mjs', import.meta.url))
const escapeCharacter = '\u001b'

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Invocation {
  readonly args?: readonly string[]
  readonly environment?: Record<string, string>
  /** A module that runs before the demo, in the same process. */
  readonly preload?: string
}

const children = new Set<ChildProcess>()

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

function startDemo({ args = [], environment = {}, preload }: Invocation): ChildProcess {
  const { FORCE_COLOR: _force, NO_COLOR: _no, NODE_OPTIONS: _options, ...inherited } = process.env
  const imports = preload === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(preload)}`]
  const child = spawn(process.execPath, [...imports, demo, ...args], {
    cwd: root,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  child.stdout?.setEncoding('utf8')
  child.stderr?.setEncoding('utf8')
  return child
}

async function runDemo(invocation: Invocation = {}): Promise<Run> {
  const child = startDemo(invocation)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.on('data', (text: string) => {
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

describe('the demo', () => {
  let run: Run
  beforeAll(async () => {
    run = await runDemo()
  })

  test('ends by itself, and well', () => {
    expect(run.stderr).toBe('')
    expect(run.code).toBe(0)
    expect(run.stdout).not.toContain('NOT AS EXPECTED')
  })

  test.each([
    ['honest request (HMAC)', '200', '-', '1'],
    ['honest request (Ed25519)', '200', '-', '1'],
    ['the same bytes sent again', '401', 'replayed', '0'],
    ['50 concurrent copies of one', '1 x 200', '-', '1'],
    ['altered body', '401', 'invalid', '0'],
    ['altered body, digest redone', '401', 'invalid', '0'],
    ['altered path', '401', 'invalid', '0'],
    ['altered query', '401', 'invalid', '0'],
    ['altered method', '401', 'invalid', '0'],
    ['altered content-type', '401', 'invalid', '0'],
    ['then the unaltered original', '200', '-', '1'],
    ['signed 5 minutes ago', '401', 'stale', '0'],
    ['signed 5 minutes from now', '401', 'stale', '0'],
    ['not signed at all', '401', 'missing', '0'],
    ['signed with an unknown key', '401', 'invalid', '0'],
    ["Alice's keyid, wrong secret", '401', 'invalid', '0'],
    ['only the method is signed', '401', 'insufficient', '0'],
  ])('%s: %s %s, executed %s', (name, status, code, executed) => {
    expect(tableRows(run.stdout)).toContainEqual([name, status, code, executed, 'as expected'])
  })

  test('refuses the other 49 copies', () => {
    const rows = tableRows(run.stdout)
    const copies = rows.findIndex(([name]) => name === '50 concurrent copies of one')
    expect(rows[copies + 1]).toEqual(['', '49 x 401', 'replayed'])
  })

  test('has no row that this test does not know', () => {
    expect(tableRows(run.stdout).filter((row) => row.length === 5)).toHaveLength(17)
  })

  test('closes with the balance that the executed transfers leave', () => {
    const [, opening, transfers, amount, closing] =
      /^ {2}(\d+) - (\d+) x (\d+) = (\d+) {3}as expected$/m.exec(run.stdout)?.map(Number) ?? []
    const executed = tableRows(run.stdout).reduce((sum, row) => sum + Number(row[3] ?? 0), 0)
    expect(transfers).toBe(executed)
    expect(closing).toBe(Number(opening) - executed * Number(amount))
  })

  test('shows the request and the signature base', () => {
    expect(run.stdout).toMatch(/^│ POST \/transfers\?memo=rent HTTP\/1\.1$/m)
    expect(run.stdout).toMatch(/^│ content-digest: sha-256=:[\w+/]{43}=:$/m)
    expect(run.stdout).toMatch(/^│ "@path": \/transfers$/m)
    expect(run.stdout).toMatch(/^│ "@signature-params": \("@method"/m)
    expect(run.stdout).toContain('alg="hmac-sha256"')
    expect(run.stdout).toContain('alg="ed25519"')
  })

  test('fits into 80 columns', () => {
    expect(run.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('uses no colour in a pipe', () => {
    expect(run.stdout).not.toContain(escapeCharacter)
  })
})

/** The cells of each row below the rules of the table. */
function tableRows(stdout: string): string[][] {
  const lines = stdout.split('\n')
  const start = lines.findIndex((line) => line.startsWith('attempt '))
  const end = lines.indexOf('', start)
  return lines
    .slice(start + 1, end)
    .filter((line) => !line.startsWith('─'))
    .map((line) => line.split(/ {2,}/))
}

describe('colour', () => {
  test('FORCE_COLOR=1 turns it on, and changes nothing else', async () => {
    const { code, stdout } = await runDemo({ environment: { FORCE_COLOR: '1' } })
    expect(code).toBe(0)
    expect(stdout).toContain(`${escapeCharacter}[32mas expected${escapeCharacter}[0m`)
    const plain = stdout.replaceAll(new RegExp(`${escapeCharacter}\\[\\d+m`, 'g'), '')
    expect(tableRows(plain)).toContainEqual(['altered path', '401', 'invalid', '0', 'as expected'])
  })

  test.each([
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }],
    ['NO_COLOR=1', { NO_COLOR: '1' }],
  ])('%s leaves it off', async (_name, environment) => {
    const { stdout } = await runDemo({ environment })
    expect(stdout).not.toContain(escapeCharacter)
  })
})

test('no secret is printed', async () => {
  // Tells on stderr which secrets the demo draws.
  const preload = `
    const draw = crypto.getRandomValues.bind(crypto)
    crypto.getRandomValues = (array) => {
      draw(array)
      if (array.byteLength === 32) process.stderr.write('secret ' + Buffer.from(array).toString('hex') + '\\n')
      return array
    }`
  const { code, stdout, stderr } = await runDemo({ preload })
  const secrets = [...stderr.matchAll(/^secret ([0-9a-f]{64})$/gm)].map(([, hex = '']) => Buffer.from(hex, 'hex'))
  expect(code).toBe(0)
  expect(secrets.length).toBeGreaterThan(0)
  const printed = stdout.replaceAll(/\n│ {3}|\s/g, '')
  for (const secret of secrets) {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(printed).not.toContain(secret.toString(encoding).replace(/=+$/, ''))
    }
  }
})

test('says so and exits with 1 when something is not as expected', async () => {
  // A server that lets unsigned requests in.
  const preload = `
    const send = fetch
    globalThis.fetch = (url, init) =>
      init.headers !== undefined && init.headers.signature === undefined ? Response.json({}) : send(url, init)`
  const { code, stdout } = await runDemo({ preload })
  const rows = tableRows(stdout)
  const unsigned = rows.findIndex(([name]) => name === 'not signed at all')
  expect(code).toBe(1)
  expect(rows[unsigned]).toEqual(['not signed at all', '200', '-', '0', 'NOT AS EXPECTED'])
  expect(rows[unsigned + 1]).toEqual(['', 'expected', '401', 'missing', '0'])
})

test('says so and exits with 1 when the balance does not agree', async () => {
  const preload = `
    const send = fetch
    globalThis.fetch = (request, init) =>
      String(request.url).endsWith('/balance') ? Response.json({ balance: 7 }) : send(request, init)`
  const { code, stdout } = await runDemo({ preload })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^ {2}1000 - 4 x 100 is not 7 {3}NOT AS EXPECTED$/m)
})

describe('arguments', () => {
  test('--help prints the usage', async () => {
    const { code, stdout, stderr } = await runDemo({ args: ['--help'] })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: npm start/)
    expect(stdout).toContain('--serve')
  })

  test.each([
    [['--sevre'], "Unknown option '--sevre'"],
    [['serve'], 'serve'],
    [['--port', '8080'], '--port is for --serve'],
    [['--serve', '--port', '65536'], '--port must be a number from 0 to 65535'],
    [['--serve', '--port', 'x'], '--port must be a number from 0 to 65535'],
  ])('%j exits with 2 and a hint', async (args, mistake) => {
    const { code, stdout, stderr } = await runDemo({ args })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(mistake)
    expect(stderr).toContain('Try: npm start -- --help')
  })

  test('a port that is taken exits with 1 and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, stderr } = await runDemo({ args: ['--serve', '--port', String(port)] })
    taken.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`Port ${port} cannot be used`)
  })
})

const hasCurl = spawnSync('curl', ['--version']).error === undefined

// skipped on Windows: it has neither SIGINT for other processes nor a POSIX shell
describe.skipIf(process.platform === 'win32')('--serve', () => {
  test('prints commands that do what it says, and stops on SIGINT', async () => {
    const { child, commands, output } = await serve()
    const [unsigned = '', signed = ''] = commands
    expect(commands).toHaveLength(2)
    expect(await sendCommand(unsigned)).toEqual({ status: 401, code: 'missing' })
    expect(await sendCommand(signed)).toEqual({ status: 200, code: undefined })
    expect(await sendCommand(signed)).toEqual({ status: 401, code: 'replayed' })
    child.kill('SIGINT')
    expect(await once(child, 'close')).toEqual([0, null])
    expect(output()).toMatch(/executed {2}POST \/transfers\?memo=rent, signed by alice-laptop/)
    expect(output()).toMatch(/refused {3}POST \/transfers\?memo=rent: missing_signature/)
    expect(output()).not.toContain(escapeCharacter)
  })

  // skipped where there is no curl: the test above sends the same without it
  test.skipIf(!hasCurl)('prints commands that work when pasted into a shell', async () => {
    const { child, commands } = await serve()
    const statuses = [...commands, commands[1] ?? ''].map((command) => {
      return /^HTTP\/1\.1 (\d{3})/.exec(spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout)?.[1]
    })
    expect(statuses).toEqual(['401', '200', '401'])
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
  })

  test('--port chooses where', async () => {
    const port = await freePort()
    const { commands } = await serve(['--port', String(port)])
    expect(commands[0]).toContain(`'http://127.0.0.1:${port}/transfers?memo=rent'`)
  })
})

async function serve(args: readonly string[] = []): Promise<{
  child: ChildProcess
  commands: readonly string[]
  output: () => string
}> {
  const child = startDemo({ args: ['--serve', ...args] })
  let stdout = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: string) => {
      stdout += text
      if (stdout.includes('Ctrl-C')) resolve()
    })
    child.once('close', (code) => reject(new Error(`the server ended with ${code}: ${stdout}`)))
  })
  return { child, commands: stdout.match(/^curl (?:[^\n]*\\\n)*[^\n]*/gm) ?? [], output: () => stdout }
}

/** Sends what a curl command would, once a real shell has undone its quoting. */
async function sendCommand(command: string): Promise<{ status: number; code: string | undefined }> {
  const shell = spawnSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${command}`], { encoding: 'utf8' })
  const words = shell.stdout.split('\0').slice(0, -1)
  const after = (option: string): string[] => words.filter((_word, index) => words[index - 1] === option)
  const headers = after('-H').map((line): [string, string] => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  const url = words.find((word) => word.startsWith('http://')) ?? ''
  const [method = '', body = ''] = [...after('-X'), ...after('--data-raw')]
  const response = await fetch(url, { method, headers, body })
  const content = (await response.json()) as { code?: string }
  return { status: response.status, code: content.code }
}
