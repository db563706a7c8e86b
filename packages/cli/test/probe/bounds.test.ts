import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { confirmedHosts } from '../../src/commands/probe/confirm-host.ts'
import { createProbe, type ProbeOptions } from '../../src/commands/probe/run-probe.ts'
import { guardHost, isLoopback } from '../../src/sending/host-guard.ts'
import type { World } from '../../src/world.ts'
import { countersign } from '../made-world.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { idsOf, probe, writeKey } from './probing.ts'
import { startHonestServer, startServer } from './test-server.ts'

const file = temporaryFolder()
const nowhere = async (): Promise<readonly string[]> => {
  throw new Error('the test must not look up')
}

describe('the probe asks this machine alone', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
    expect(isLoopback(address)).toBe(true)
  })

  it.each(['0.0.0.0', '10.0.0.1', '192.0.2.1', '::', '::ffff:192.0.2.1', 'fe80::1', '1127.0.0.1', 'localhost'])(
    '%s is not',
    (address) => {
      expect(isLoopback(address)).toBe(false)
    },
  )

  it.each(['http://192.0.2.1/', 'http://[2001:db8::1]:8080/', 'http://3221225985/'])('refuses %s', async (url) => {
    await expect(guardHost(new URL(url), [], nowhere)).rejects.toThrow('--allow-host')
  })

  it('refuses a name that leads elsewhere, even in part', async () => {
    const lookup = async (): Promise<readonly string[]> => ['127.0.0.1', '192.0.2.1']
    await expect(guardHost(new URL('http://bank.test/'), [], lookup)).rejects.toThrow('192.0.2.1')
    const allowed = await guardHost(new URL('https://bank.test/'), ['bank.test'], lookup)
    expect(allowed).toEqual({
      loopback: false,
      routes: ['127.0.0.1', '192.0.2.1'].map((address) => ({
        secure: true,
        hostname: 'bank.test',
        address,
        port: 443,
      })),
    })
  })

  it.each([
    ['the target', ['POST', 'http://192.0.2.1/x']],
    ['the count', ['POST', 'http://127.0.0.1:9/x', '--count-url', 'http://192.0.2.1/count']],
    ['another node', ['POST', 'http://127.0.0.1:9/x', '--also', 'http://192.0.2.1/']],
  ])('as %s', async (_what, args) => {
    const { code, stdout, stderr } = await countersign(['probe', ...args])
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('192.0.2.1 is not this machine')])
  })

  it('and another one after a confirmation', async () => {
    const { code, stderr } = await countersign(['probe', 'POST', 'http://192.0.2.1/x', '--allow-host', '192.0.2.1'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--i-may-test 192.0.2.1')])
    const other = await countersign([
      'probe',
      'POST',
      'http://192.0.2.1/x',
      '--allow-host',
      '192.0.2.1',
      '--i-may-test',
      '192.0.2.2',
    ])
    expect(other.code).toBe(2)
    const options = { allowHost: ['bank.test'] }
    await expect(confirmedHosts({ ...options, iMayTest: ['bank.test'] }, true, terminal(''))).resolves.toEqual([
      'bank.test',
    ])
    await expect(confirmedHosts(options, false, terminal('bank.test\n'))).resolves.toEqual(['bank.test'])
    await expect(confirmedHosts(options, false, terminal('yes\n'))).rejects.toThrow('nothing was sent')
    await expect(confirmedHosts(options, true, terminal('bank.test\n'))).rejects.toThrow('--i-may-test')
  })

  it('looks a name up once, and goes where it led then', async () => {
    const path = file('name.jwk')
    const server = await startServer(() => (_request, response) => response.writeHead(201).end())
    const answers = [['127.0.0.1'], ['192.0.2.1']]
    const run = createProbe(async () => answers.shift() ?? ['192.0.2.1'])
    await writeKey(path)
    const options = {
      key: path,
      wait: '0',
      maxRequests: '100',
      timeout: '2',
      timeLimit: '20',
      format: 'json',
      case: ['unsigned', 'replay'],
    } as const
    const url = server.origin.replace('127.0.0.1', 'bank.test')
    const code = await run({ arguments: ['POST', url], options: options as ProbeOptions, world: terminal('') })
    expect(code).toBe(1)
    expect(answers).toEqual([['192.0.2.1']])
    expect(server.seen.length).toBeGreaterThan(5)
  })

  it('follows no redirect', async () => {
    const path = file('redirected.jwk')
    const elsewhere = await startServer(() => (_request, response) => response.end())
    const server = await startServer(
      () => (_request, response) => response.writeHead(307, { location: `${elsewhere.origin}/x` }).end(),
    )
    await writeKey(path)
    const { code, report } = await probe(['POST', `${server.origin}/x`, '-k', path, '--case', 'replay'])
    expect([code, report.control]).toEqual([3, { accepted: false, answer: '307 Temporary Redirect' }])
    expect(elsewhere.seen).toEqual([])
  })
})

function terminal(typed: string): World {
  const output = { write() {}, drained: async () => {}, isTerminal: true, columns: 80 }
  const stdin = {
    isTerminal: true,
    async *read() {
      yield Buffer.from(typed)
    },
  }
  return { stdin, stdout: output, stderr: output, env: {}, clock: Date.now, signal: new AbortController().signal }
}

describe('the probe is bounded', () => {
  const transfer = ['-d', '{"to":"bob","amount":1}']

  it('by the number of requests', async () => {
    const path = file('budget.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const { code, report } = await probe([
      'POST',
      `${server.origin}/transfers`,
      '-k',
      path,
      ...transfer,
      '--max-requests',
      '40',
      '--wait',
      '0',
    ])
    expect([code, report.complete]).toEqual([3, false])
    expect(report.requests).toBeLessThanOrEqual(40)
    expect(server.seen.length).toBeLessThanOrEqual(40)
    expect(report.remarks.join(' ')).toContain('--max-requests')
  })

  it('by the number of requests in a second', async () => {
    const path = file('rate.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const { report } = await probe([
      'POST',
      `${server.origin}/transfers`,
      '-k',
      path,
      ...transfer,
      '--rate',
      '10',
      '--case',
      'unsigned',
      '--case',
      'random-signature',
    ])
    expect(report.requests).toBeGreaterThanOrEqual(7)
    expect(report.milliseconds).toBeGreaterThan((report.requests - 1) * 100 - 50)
  })

  it('by time', async () => {
    const path = file('time.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const args = ['POST', `${server.origin}/transfers`, '-k', path, ...transfer]
    const { code, report } = await probe([...args, '--time-limit', '4', '--wait', '60', '--case', 'replay-later'])
    expect([code, idsOf(report, 'inconclusive')]).toEqual([3, ['replay-later']])
    // Without the limit it waits for a minute.
    expect(report.milliseconds).toBeLessThan(25_000)
  })

  it('by Ctrl-C, and tells what it has', async () => {
    const path = file('interrupted.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const interrupt = new AbortController()
    const html = file('partial.html')
    const args = [
      'POST',
      `${server.origin}/transfers`,
      '-k',
      path,
      ...transfer,
      '--case',
      'unsigned',
      '--case',
      'replay-later',
      '--case',
      'replay',
    ]
    const ran = probe([...args, '--wait', '30', '--report', html], { signal: interrupt.signal })
    while (server.runs() < 4) await new Promise((resolve) => setTimeout(resolve, 20))
    await new Promise((resolve) => setTimeout(resolve, 300))
    interrupt.abort()
    const { code, report } = await ran
    expect(code).toBe(130)
    expect(report).toMatchObject({ interrupted: true, complete: false })
    expect([idsOf(report, 'held'), idsOf(report, 'inconclusive')]).toEqual([['unsigned'], ['replay-later']])
    expect(readFileSync(html, 'utf8')).toContain('was interrupted')
  })

  it('and names itself', async () => {
    const path = file('agent.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    await probe([
      'POST',
      `${server.origin}/transfers`,
      '-k',
      path,
      ...transfer,
      '--case',
      'replay',
      '-H',
      'User-Agent: Mozilla/5.0',
    ])
    expect([...server.agents]).toEqual([expect.stringMatching(/^countersign-probe\/\d/)])
  })

  it.each([
    [['--case', 'no-such-case'], 'no-such-case'],
    [['--format', 'pdf'], 'table, json, junit, sarif, html'],
    [['--report', 'scan.pdf'], '.html'],
    [['--max-requests', '0'], '--max-requests'],
    [['--rate', 'fast'], '--rate'],
    [['--wait', 'long'], '--wait'],
    [['--har', 'x.har'], 'in one way'],
    [['--curl', '-', '--har', '-'], 'one thing'],
    [['-H', 'no colon'], '-H takes'],
    [['--count-url', 'count'], '--count-url'],
    [['--second-key', 'x'], '--key'],
  ])('and refuses wrong arguments: %s', async (args, said) => {
    const { code, stdout, stderr } = await countersign(['probe', 'POST', 'http://127.0.0.1:9/x', ...args], {
      stdin: 'curl x',
    })
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(said)])
    expect(existsSync('scan.pdf')).toBe(false)
  })

  it('and says how it is used', async () => {
    const { code, stdout } = await countersign(['probe', '--help'])
    expect(code).toBe(0)
    for (const text of ['--count-url', '--allow-host', '--report', 'Examples:', 'Exit code'])
      expect(stdout).toContain(text)
  })
})
