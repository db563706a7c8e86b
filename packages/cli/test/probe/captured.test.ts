import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countersign } from '../made-world.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { idsOf, probe, writeKey } from './probing.ts'
import { apiKey, captured, everything, type Scheme, startHomeMade } from './servers/home-made-server.ts'
import { bodyOf, startHonestServer, startServer, type TestServer } from './test-server.ts'

const file = temporaryFolder()
const body = '{"to":"bob","amount":1}'
async function scan(scheme: Scheme, ...args: readonly string[]) {
  const server = await startHomeMade(scheme)
  const made = { stdin: captured(server, scheme) }
  return probe(['--curl', '-', '--wait', '1', '--count-url', `${server.origin}/count`, ...args], made)
}

describe('a home-made signature', () => {
  it('that binds everything and remembers nonces holds', async () => {
    const { code, report } = await scan({ signed: everything, memories: 1 })
    expect(report.target).toMatchObject({ mode: 'captured', signed: 'home-made', method: 'POST' })
    // It does not sign the Content-Type, and an altered copy that is let in spends the request.
    expect(idsOf(report, 'finding')).toEqual(['content-type-altered'])
    expect(report.cases.find(({ id }) => id === 'content-type-altered')?.severity).toBe('low')
    expect(report.remarks).toEqual([
      expect.stringContaining('Without a key'),
      expect.stringContaining('content-type-altered'),
      expect.stringContaining('was replayed at once'),
    ])
    expect(idsOf(report, 'inconclusive')).toEqual(['content-encoding-added', 'field-doubled', 'malformed-lines'])
    expect(idsOf(report, 'held')).toEqual(
      expect.arrayContaining([
        'replay',
        'replay-concurrent',
        'replay-later',
        'body-swapped',
        'home-made-nonce-altered',
      ]),
    )
    expect(code).toBe(1)
  })

  it('without a memory of nonces is found by replays', async () => {
    const { code, report } = await scan({ signed: everything, memories: 0 })
    expect(idsOf(report, 'finding')).toEqual([
      'replay',
      'replay-concurrent',
      'replay-later',
      'content-type-altered',
      'content-encoding-added',
      'field-doubled',
    ])
    expect(idsOf(report, 'held')).toEqual(
      expect.arrayContaining([
        'home-made-nonce-altered',
        'home-made-timestamp-old',
        'body-swapped',
        'path-altered',
        'method-altered',
      ]),
    )
    expect(code).toBe(1)
  })

  it('of time and body alone is found by what it leaves out', async () => {
    const { report } = await scan({ signed: ({ time, body: text }) => `${time}.${text}`, memories: 0 })
    expect(idsOf(report, 'finding')).toEqual(
      expect.arrayContaining([
        'replay',
        'home-made-nonce-removed',
        'home-made-nonce-altered',
        'method-altered',
        'path-altered',
        'query-altered',
      ]),
    )
    expect(idsOf(report, 'held')).toEqual(
      expect.arrayContaining(['body-swapped', 'body-byte-altered', 'home-made-timestamp-altered']),
    )
  })

  it('of time alone is found by another body', async () => {
    const { report } = await scan({ signed: ({ time, nonce }) => `${time}.${nonce}`, memories: 0 })
    expect(idsOf(report, 'finding')).toContain('body-swapped')
    expect(idsOf(report, 'held')).toEqual(
      expect.arrayContaining(['home-made-signature-removed', 'home-made-signature-altered', 'home-made-nonce-altered']),
    )
  })

  // Neither nonce, method nor query is signed.
  it.each([
    [2, { control: false, findings: ['method-altered'], doubts: ['query-altered'] }],
    [4, { control: true, findings: ['method-altered', 'query-altered'], doubts: [] }],
  ])(
    'of %d workers with memories of their own leaves in doubt what came after a copy that was let in',
    async (memories, { control, findings, doubts }) => {
      const cases = ['home-made-nonce-altered', ...findings, ...doubts, 'body-swapped', 'home-made-timestamp-old']
      const scheme: Scheme = { signed: ({ time, body: text }) => `${time}.${text}`, memories }
      const { report } = await scan(scheme, ...cases.flatMap((id) => ['--case', id]))
      expect(idsOf(report, 'finding')).toEqual(['home-made-nonce-altered', ...findings])
      expect(idsOf(report, 'held')).toEqual([])
      expect(idsOf(report, 'inconclusive')).toEqual(['home-made-timestamp-old', ...doubts, 'body-swapped'])
      // With many workers the request itself may be let in by yet another one.
      expect(report.remarks.some((remark) => remark.includes('spent the request'))).toBe(!control)
      expect(report.cases.find(({ id }) => id === 'body-swapped')?.reason).toContain('may have been spent')
    },
  )

  it('of workers with memories of their own is found by replays before all of them have seen the request', async () => {
    const { report } = await scan({ signed: ({ time, body: text }) => `${time}.${text}`, memories: 3 })
    expect(idsOf(report, 'finding')).toEqual(expect.arrayContaining(['replay', 'home-made-nonce-altered']))
    expect(report.remarks).toContainEqual(expect.stringContaining('was replayed at once'))
  })

  it('that leaves out the path is found by a router that has nothing there', async () => {
    const signed: Scheme['signed'] = ({ method, time, nonce, body: text }) => [method, time, nonce, text].join('\n')
    const late = await scan({ signed, memories: 1, router: 'last' }, '--case', 'path-altered', '--case', 'body-swapped')
    expect(idsOf(late.report, 'finding')).toEqual(['path-altered'])
    expect(late.report.cases[0]?.reason).toContain('404 Not Found, and with another signature 401 Unauthorized')
    // The copy was not let in, and has spent the request all the same.
    expect([late.report.control.accepted, idsOf(late.report, 'inconclusive')]).toEqual([false, ['body-swapped']])
    const early = await scan({ signed, memories: 1, router: 'first' }, '--case', 'path-altered', '--case', 'replay')
    expect([early.code, idsOf(early.report, 'held')]).toEqual([0, ['replay', 'path-altered']])
  })

  it('in fields of other names is told by options', async () => {
    const server = await startHomeMade({ signed: everything, memories: 0 })
    const line = `curl ${server.origin}/transfers -H 'X-Proof: abc' -H 'X-When: 1795305600' -H 'X-Once: 1' -d x`
    const names = ['--signature-header', 'x-proof', '--timestamp-header', 'X-When', '--nonce-header', 'X-Once']
    const { report } = await probe(
      ['--curl', '-', ...names, '--case', 'home-made-timestamp-old', '--case', 'home-made-nonce-removed'],
      { stdin: line },
    )
    expect(report.target.signed).toBe('home-made')
    expect(report.cases.map(({ evidence }) => evidence.map(({ sent }) => sent))).toEqual([
      ['no X-Once'],
      ['X-When a day earlier', 'X-When a day later'],
    ])
  })
})

describe('an API with nothing but a key', () => {
  const start = (): Promise<TestServer> =>
    startServer(() => async (request, response, run) => {
      await bodyOf(request)
      const isKnown = request.headers['x-api-key'] === apiKey
      if (isKnown && request.method === 'POST') run()
      response.writeHead(isKnown ? 200 : 403).end(isKnown ? 'done' : 'no')
    })

  it('takes the same request twice, and another body', async () => {
    const server = await start()
    writeFileSync(file('headers.txt'), `X-API-Key: ${apiKey}\nAccept: */*\n`)
    const headers = ['-H', `@${file('headers.txt')}`]
    const args = ['POST', `${server.origin}/transfers`, ...headers, '-d', body, '--wait', '0']
    const { code, report } = await probe([...args, '--count-url', `${server.origin}/count`])
    expect([code, idsOf(report, 'finding'), idsOf(report, 'held')]).toEqual([
      1,
      ['replay', 'replay-concurrent', 'body-swapped'],
      ['credential-removed'],
    ])
    expect(report.cases.find(({ id }) => id === 'replay-concurrent')?.reason).toContain(
      'the effect ran 50 times more than it may',
    )
  })

  it('is a smaller matter where it is only read from', async () => {
    const server = await start()
    const { report, stderr } = await probe([
      'GET',
      `${server.origin}/balance`,
      '-H',
      `X-API-Key: ${apiKey}`,
      '--wait',
      '0',
    ])
    const severities = report.cases
      .filter(({ outcome }) => outcome === 'finding')
      .map(({ id, severity }) => [id, severity])
    expect(stderr).toContain('-H @FILE')
    expect(stderr).not.toContain(apiKey)
    expect(severities).toEqual([
      ['replay', 'low'],
      ['replay-concurrent', 'low'],
    ])
  })

  it('and none at all has nothing to steal', async () => {
    const server = await startServer(() => (_request, response) => response.end('weather'))
    const { code, report } = await probe(['GET', `${server.origin}/weather`, '--wait', '0'])
    expect([code, idsOf(report, 'finding'), idsOf(report, 'held')]).toEqual([0, [], []])
  })
})

describe('a captured request by RFC 9421', () => {
  it('that was not sent before is altered first, then sent, then replayed', async () => {
    const path = file('alice.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const printed = await countersign([
      'request',
      'POST',
      `${server.origin}/transfers`,
      '-k',
      path,
      '-d',
      body,
      '--curl',
    ])
    const { code, report } = await probe(['--curl', '-', '--wait', '0', '--count-url', `${server.origin}/count`], {
      stdin: printed.stdout,
    })
    expect([code, idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([0, [], []])
    expect(idsOf(report, 'held')).toEqual(
      expect.arrayContaining([
        'unsigned',
        'replay',
        'replay-concurrent',
        'nonce-altered',
        'label-renamed',
        'body-swapped',
        'path-altered',
      ]),
    )
    expect(report.control).toEqual({ accepted: true, answer: '201 Created' })
    expect(server.runs()).toBe(1)
  })

  it('that was sent before is spent, and says nothing more', async () => {
    const path = file('spent.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const har = file('spent.har')
    const dry = JSON.parse(
      (
        await countersign([
          'request',
          'POST',
          `${server.origin}/transfers`,
          '-k',
          path,
          '-d',
          body,
          '--dry-run',
          '--json',
        ])
      ).stdout,
    ) as {
      request: { url: string; headers: [string, string][]; body: string }
    }
    const headers = dry.request.headers.map(([name, value]) => ({ name, value }))
    const postData = { text: Buffer.from(dry.request.body, 'base64').toString() }
    const entry = { request: { method: 'POST', url: dry.request.url, headers, postData } }
    writeFileSync(har, JSON.stringify({ log: { entries: [entry] } }))
    const args = ['--har', har, '--entry', '0', '--case', 'replay', '--case', 'unsigned']
    const first = await probe(args)
    expect([first.code, idsOf(first.report, 'held')]).toEqual([0, ['unsigned', 'replay']])
    const second = await probe(args)
    expect([second.code, idsOf(second.report, 'inconclusive')]).toEqual([3, ['unsigned']])
    expect(second.report.remarks.join(' ')).toContain('spent')
    expect(second.stderr).toContain('no request was let in')
  })

  it('is signed anew where there is a key', async () => {
    const path = file('anew.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const line = `curl ${server.origin}/transfers -H 'Signature: sig1=:AAAA:' -H 'Signature-Input: sig1=();created=1' --json '${body}'`
    const { code, report } = await probe(['--curl', '-', '-k', path, '--case', 'replay'], { stdin: line })
    expect([code, report.target.mode, idsOf(report, 'held')]).toEqual([0, 'key', ['replay']])
    const env = { COUNTERSIGN_KEY: '{"kty":"OKP"' }
    const without = await probe(['--curl', '-', '--no-key', '--case', 'replay'], { stdin: line, env })
    expect(without.report.target.mode).toBe('captured')
  })
})
