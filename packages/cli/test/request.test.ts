import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Bank, startBank } from './bank.ts'
import { countersign } from './made-world.ts'
import { temporaryFolder } from './temporary-folder.ts'

const file = temporaryFolder()
const key = file('alice.jwk')
let bank: Bank

beforeAll(async () => {
  await countersign(['keygen', '-o', key])
  bank = await startBank(JSON.parse(readFileSync(`${key}.pub`, 'utf8')))
})

const request = (args: readonly string[], made = {}) => countersign(['request', ...args, '-k', key], made)

describe('request', () => {
  it('signs and sends, and prints the body of the response', async () => {
    const { code, stdout, stderr } = await request(['POST', `${bank.origin}/transfers?x=1`, '-d', '{"amount":1}'])
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ received: 12 })
    expect(bank.executed.at(-1)).toBe('{"amount":1}')
  })

  it.each(['GET', 'DELETE', 'PATCH', 'PUT', 'POST'])('sends %s without a body', async (method) => {
    expect((await request([method, `${bank.origin}/`])).code).toBe(0)
  })

  it('takes bodies from files and standard input, byte for byte', async () => {
    writeFileSync(file('body.txt'), 'line\r\n\n')
    await request(['POST', bank.origin, '-d', `@${file('body.txt')}`])
    expect(bank.executed.at(-1)).toBe('line\r\n\n')
    await request(['POST', bank.origin, '-d', '@-'], { stdin: 'piped' })
    expect(bank.executed.at(-1)).toBe('piped')
    await request(['POST', bank.origin, '-d', 'a=1', '-d', 'b=2'])
    expect(bank.executed.at(-1)).toBe('a=1&b=2')
  })

  it('takes header lines as curl does: empty, or left out', async () => {
    const wire = async (...args: string[]) => {
      const { code, stdout } = await request(['POST', bank.origin, '-d', '{}', '--dry-run', ...args])
      expect(code).toBe(0)
      return stdout
    }
    expect(await wire('-H', 'X-Empty;')).toMatch(/^X-Empty: $/m)
    expect(await wire('-H', 'Content-Type:')).not.toMatch(/^Content-Type/m)
    expect(await wire('-H', 'content-type: text/plain')).toMatch(/^Content-Type: text\/plain$/m)
    expect(await wire('-H', 'Accept:')).not.toMatch(/^Accept/m)
    expect(await wire('-H', 'X-Name: Zoë')).toMatch(/^X-Name: Zo/m)
    // What is sent beside the fields that are signed.
    expect(await wire()).toMatch(/^Content-Length: 2\nConnection: close$/m)
  })

  it('-o - is standard output, on a terminal too', async () => {
    const { code, stdout } = await request(['GET', bank.origin, '-o', '-'], { terminal: true })
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { received: 0 }])
    expect(existsSync('-')).toBe(false)
  })

  it('sends forms with files', async () => {
    writeFileSync(file('photo.png'), 'PNG')
    const { code } = await request([
      'POST',
      bank.origin,
      '-F',
      'who=alice',
      '-F',
      `photo=@${file('photo.png')};type=image/png`,
    ])
    expect(code).toBe(0)
    expect(bank.executed.at(-1)).toMatch(
      /name="who"\r\n\r\nalice\r\n.*filename="photo.png"\r\nContent-Type: image\/png\r\n\r\nPNG\r\n/s,
    )
  })

  it('writes the response into a file, and prints its head', async () => {
    const path = file('answer.json')
    const { stdout } = await request(['GET', bank.origin, '-o', path, '-i'])
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ received: 0 })
  })

  it('--save-request keeps what was sent, for its owner alone', async () => {
    const path = file('sent.http')
    await request(['POST', `${bank.origin}/x`, '-d', '{}', '--save-request', path])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const verified = await countersign(['verify', path, '-k', key, '--origin', bank.origin])
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('"@path": /x')])
  })

  it('says how far a download is, on a terminal alone', async () => {
    const server = createHttpServer((_request, response) => response.end(Buffer.alloc(3 * 1_048_576)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const seen = await request(['GET', url, '-o', file('three')], { terminal: true })
    const unseen = await request(['GET', url, '-o', file('three')])
    server.close()
    expect(seen.stderr).toMatch(/\r\S+3 MiB\r\S+$/)
    expect([unseen.code, unseen.stdout, unseen.stderr]).toEqual([0, '', ''])
  })

  it('takes headers from a file, where a secret belongs', async () => {
    writeFileSync(file('headers.txt'), 'Authorization: Bearer top-secret\r\n\nX-Tenant: 7\n')
    const { stdout } = await request(['GET', bank.origin, '-H', `@${file('headers.txt')}`, '--dry-run'])
    expect(stdout).toContain('\nX-Tenant: 7\n')
    expect(stdout).toContain('\nAuthorization: (17 characters, not shown)\n')
    expect(stdout).toContain('\n"authorization": (17 characters, not shown)\n')
    expect(stdout).not.toContain('top-secret')
    expect((await request(['GET', bank.origin, '-H', `@${file('headers.txt')}`])).code).toBe(0)
  })

  it('says in a line why it was refused', async () => {
    const wrong = file('wrong.jwk')
    await countersign(['keygen', '-o', wrong])
    const refused = await countersign(['request', 'GET', bank.origin, '-k', wrong, '--fail'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('answered 401 Unauthorized: The signature is not valid')
    expect((await countersign(['request', 'GET', bank.origin, '-k', wrong])).code, 'without --fail').toBe(0)
  })

  it('--dry-run sends nothing, and shows the wire and the base', async () => {
    const before = bank.executed.length
    const { code, stdout } = await request([
      'POST',
      `${bank.origin}/a?b`,
      '-d',
      '{}',
      '--dry-run',
      '-H',
      'X-Tenant: 7',
      '--component',
      'x-tenant',
      '--tag',
      'bank',
    ])
    expect(code).toBe(0)
    expect(stdout).toContain('POST /a?b HTTP/1.1\nHost: 127.0.0.1:')
    expect(stdout).toContain('Content-Type: application/json')
    expect(stdout).toContain('\n"@query": ?b\n')
    expect(stdout).toContain('\n"x-tenant": 7\n')
    expect(stdout).toContain(';tag="bank"')
    expect(bank.executed).toHaveLength(before)
  })

  it('--curl prints a command that is let in once', async () => {
    const { stdout } = await request(['POST', `${bank.origin}/it's?a=[1]`, '-d', "it's"])
    expect(JSON.parse(stdout)).toMatchObject({ received: 4 })
    const curl = await request(['POST', `${bank.origin}/it's?a=[1]&b=$HOME`, '-d', "it's", '--curl'])
    expect(curl.stderr).toContain('once')
    // The bank is in this process: waiting for curl must not stop it.
    const run = async () => {
      const { stdout: answer } = await promisify(execFile)('sh', ['-c', curl.stdout.replace('curl ', 'curl -s ')])
      return JSON.parse(answer)
    }
    expect(await run()).toMatchObject({ received: 4 })
    expect(await run()).toMatchObject({ code: 'replayed' })
  })

  it('--json prints all of it', async () => {
    const { stdout } = await request(['POST', bank.origin, '-d', 'a=1', '--json'])
    const { request: sent, signatureBase, response } = JSON.parse(stdout)
    expect(Buffer.from(sent.body, 'base64').toString()).toBe('a=1')
    expect(signatureBase).toContain('"@method": POST')
    expect(response).toMatchObject({ status: 200 })
  })

  it('shows no private part of the key anywhere', async () => {
    const { d } = JSON.parse(readFileSync(key, 'utf8'))
    for (const flag of ['--dry-run', '--curl', '--json', '-i']) {
      const { stdout, stderr } = await request(['GET', bank.origin, flag])
      expect(stdout + stderr).not.toContain(d)
    }
  })
})

describe('a request that cannot be sent', () => {
  it.each([
    [['GET', 'bank.example'], 2, 'no absolute URL'],
    [['GET', 'https://'], 2, 'this is no URL'],
    [['GET', 'https://a.example', '-d', 'x'], 2, 'GET has no body'],
    [['POST', 'https://a.example', '-d', 'x', '-F', 'a=b'], 2, 'either -d or -F'],
    [['POST', 'https://a.example', '-H', 'nonsense'], 2, 'neither "Name: value" nor @FILE'],
    [['POST', 'https://a.example', '-F', 'nonsense'], 2, 'name=text'],
    [['POST', 'https://a.example', '-H', 'Host: b.example'], 2, 'follows from the URL'],
    [['POST', 'https://a.example', '-H', 'content-length: 1'], 2, 'follows from the URL'],
    [['GET', 'https://alice:pa55@a.example'], 2, 'a URL with a password in it is not taken'],
    [['POST', 'https://a.example', '--digest', 'md5'], 2, 'sha-256 or sha-512'],
    [['POST', 'https://a.example', '--timeout', '1.5'], 2, 'whole number'],
    [['BAD METHOD', 'https://a.example'], 2, 'is one word'],
    [['CONNECT', 'https://a.example'], 2, 'CONNECT cannot be sent'],
    [['GET', 'https://a.example:99999'], 2, 'this is no URL'],
    [['GET', 'https://a.example', '--json', '-o', '-'], 2, 'leave out -o -'],
    [['GET', 'https://a.example', '-o', ''], 2, 'the name of a file is empty'],
    [['POST', 'https://a.example', '--component', 'X Y'], 2, '--component takes a component'],
    [['POST', 'https://a.example', '--tag', 'ü'], 2, '--tag: it must be'],
    [['POST', 'https://a.example', '-d', '@'], 2, 'the name of a file is empty'],
    [['POST', 'https://a.example', '-d', '@/'], 3, 'it is a folder'],
    [['POST', 'https://a.example', '--component', 'x-absent'], 3, 'cannot be signed'],
    [['POST', 'https://a.example', '--dry-run', '--curl'], 2, 'take one of them'],
    [['POST', 'https://a.example', '-d', '@nowhere'], 3, 'cannot be read'],
  ])('%j', async (args, code, reason) => {
    const ran = await request(args)
    expect([ran.code, ran.stdout]).toEqual([code, ''])
    expect(ran.stderr).toContain(reason)
    expect(ran.stderr).not.toContain('pa55')
  })

  it('reaches nobody', async () => {
    const { code, stderr } = await request(['GET', 'http://127.0.0.1:1/'])
    expect([code, stderr]).toEqual([3, expect.stringContaining('nothing listens there')])
  })

  it('waits no longer than it is told', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const { code, stderr } = await request(['GET', `http://127.0.0.1:${port}/`, '--timeout', '1'])
    silent.close()
    expect([code, stderr]).toEqual([3, expect.stringContaining('nothing arrived for 1 s')])
  })

  it('is ended by Ctrl-C', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const interrupted = new AbortController()
    const ran = request(['GET', `http://127.0.0.1:${port}/`], { signal: interrupted.signal })
    silent.once('connection', () => interrupted.abort())
    expect((await ran).code).toBe(130)
    silent.close()
  })

  it('shows control characters of a server as text', async () => {
    const hostile = createServer((socket) =>
      socket.end('HTTP/1.1 400 \u001b[2J\r\nContent-Length: 5\r\n\r\n\u001b]0;x'),
    )
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve))
    const { port } = hostile.address() as AddressInfo
    const { stdout, stderr } = await request(['GET', `http://127.0.0.1:${port}/`, '-i'], {
      terminal: true,
      env: { NO_COLOR: '1' },
    })
    hostile.close()
    expect(stdout + stderr).not.toContain('\u001b')
  })
})
