import type { IncomingMessage } from 'node:http'
import {
  createRequestMessage,
  parseSignatures,
  type SignatureError,
  type VerifyingKey,
  verifySignature,
} from '@countersign/core'
import { createMemoryReplayStore, type ReplayStore } from '@countersign/verifier'
import { createVerifier } from '@countersign/verifier/node'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { idsOf, probe, writeKey } from './probing.ts'
import { bodyOf, startHonestServer, startServer, type TestServer } from './test-server.ts'

const file = temporaryFolder()
const transfer = ['-d', '{"to":"bob","amount":1}']

async function scan(server: TestServer, key: string, ...args: readonly string[]) {
  const common = ['-k', key, ...transfer, '--wait', '0', '--count-url', `${server.origin}/count`]
  return probe(['POST', `${server.origin}/transfers`, ...common, ...args])
}

describe('a flawed server', () => {
  it('that forgets every nonce is found by replays, and by nothing else', async () => {
    const path = file('forgetful.jwk')
    const replayStore: ReplayStore = { claim: async () => 'accepted' as const }
    const server = await startHonestServer({ keys: [await writeKey(path)], replayStore })
    const { code, report } = await scan(server, path)
    expect(idsOf(report, 'finding')).toEqual(['replay', 'replay-concurrent'])
    expect(idsOf(report, 'implied')).toEqual(
      expect.arrayContaining(['replay-pipelined', 'label-renamed', 'early-data']),
    )
    expect(code).toBe(1)
    const replay = report.cases.find(({ id }) => id === 'replay')
    expect(replay).toMatchObject({ severity: 'high', owasp: expect.stringContaining('API2:2023') })
    expect(replay?.evidence.map(({ answer, wrong }) => [answer, wrong])).toEqual([
      ['201 Created', false],
      ['201 Created', true],
    ])
  })

  it('that looks first and writes later is found by copies at once alone', async () => {
    const path = file('racing.jwk')
    const seen = new Set<string>()
    const replayStore: ReplayStore = {
      async claim({ key }): Promise<'accepted' | 'replayed'> {
        if (seen.has(key)) return 'replayed'
        await new Promise((resolve) => setTimeout(resolve, 20))
        seen.add(key)
        return 'accepted'
      },
    }
    const server = await startHonestServer({ keys: [await writeKey(path)], replayStore })
    const { report } = await scan(server, path)
    // Node hands out requests of one connection in turn, but does not wait for their answers.
    expect(idsOf(report, 'finding')).toEqual(expect.arrayContaining(['replay-concurrent']))
    expect(idsOf(report, 'finding').filter((id) => !['replay-concurrent', 'replay-pipelined'].includes(id))).toEqual([])
    expect(idsOf(report, 'held')).toContain('replay')
  })

  it('that verifies the signature and not the body is found by the bodies', async () => {
    const path = file('body.jwk')
    const key = await writeKey(path)
    const server = await startServer((origin) => {
      const used = new Set<string>()
      return async (request, response, run) => {
        const nonce = await verifiedNonce(request, key, origin).catch(() => undefined)
        await bodyOf(request).catch(() => undefined)
        const isNew = nonce !== undefined && !used.has(nonce)
        if (isNew) used.add(nonce)
        response.writeHead(isNew ? 201 : 401, { 'content-type': 'application/json' })
        response.end(JSON.stringify(isNew ? { id: run() } : { error: 'no' }))
      }
    })
    const { report } = await scan(
      server,
      path,
      ...[
        'body-swapped',
        'body-byte-altered',
        'body-swapped-digest-recomputed',
        'body-emptied',
        'replay',
        'unsigned',
        'random-signature',
        'method-altered',
      ].flatMap((id) => ['--case', id]),
    )
    expect(idsOf(report, 'finding')).toEqual(['body-swapped'])
    expect(idsOf(report, 'implied')).toEqual(['body-byte-altered', 'body-emptied'])
    expect(idsOf(report, 'held')).toEqual(
      ['unsigned', 'random-signature', 'replay', 'method-altered', 'body-swapped-digest-recomputed'].sort(
        byReport(report.cases),
      ),
    )
  })

  it('that runs the effect and says no is found by its count', async () => {
    const path = file('late.jwk')
    const keys = [await writeKey(path)]
    const server = await startServer((origin) => {
      const verify = createVerifier({ keys, origin, replayStore: createMemoryReplayStore({ startsFresh: true }) })
      return async (request, response, run) => {
        const code = await verify(request).then(
          () => undefined,
          (error: SignatureError) => error.code,
        )
        if (code === undefined || code === 'replayed') run()
        response.writeHead(code === undefined ? 201 : 409).end()
      }
    })
    const args = [
      'POST',
      `${server.origin}/transfers`,
      '-k',
      path,
      ...transfer,
      '--case',
      'replay',
      '--case',
      'unsigned',
    ]
    const counted = await probe([...args, '--count-url', `${server.origin}/count`])
    expect([counted.code, idsOf(counted.report, 'finding'), idsOf(counted.report, 'held')]).toEqual([
      1,
      ['replay'],
      ['unsigned'],
    ])
    expect(counted.report.cases.find(({ id }) => id === 'replay')?.reason).toContain('more than it may')
    const blind = await probe(args)
    expect([blind.code, idsOf(blind.report, 'held')]).toEqual([0, ['unsigned', 'replay']])
  })

  it('whose count stands still is judged by its answers, and the report says so', async () => {
    const path = file('uncounted.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const still = await startServer(() => (_request, response) => response.end('total: 17'))
    const args = ['POST', `${server.origin}/transfers`, '-k', path, ...transfer, '--case', 'replay']
    const { report } = await probe([...args, '--count-url', `${still.origin}/total`])
    expect(report.remarks).toEqual([expect.stringContaining('rose by 0')])
    expect(idsOf(report, 'held')).toEqual(['replay'])
    const missing = await startServer(() => (_request, response) => response.writeHead(404).end('17'))
    const unread = await probe([...args, '--count-url', `${missing.origin}/total`])
    expect([unread.report.remarks, unread.report.count]).toEqual([[expect.stringContaining('could not be read')], null])
  })

  it('that says no with 200 is not taken for one that says yes', async () => {
    const path = file('polite.jwk')
    const keys = [await writeKey(path)]
    const server = await startServer((origin) => {
      const verify = createVerifier({ keys, origin, replayStore: createMemoryReplayStore({ startsFresh: true }) })
      return async (request, response, run) => {
        const isVerified = await verify(request).then(
          () => true,
          () => false,
        )
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(isVerified ? { id: run() } : { ok: false, error: `refused ${Date.now()}` }))
      }
    })
    const ids = ['unsigned', 'random-signature', 'replay', 'replay-concurrent', 'body-swapped'].flatMap((id) => [
      '--case',
      id,
    ])
    const { code, report } = await probe(['POST', `${server.origin}/transfers`, '-k', path, ...transfer, ...ids])
    expect(report.control).toEqual({ accepted: true, answer: '200 OK' })
    expect([code, idsOf(report, 'finding'), idsOf(report, 'held').length]).toEqual([0, [], 5])
  })

  it('that dies is in doubt, not passed', async () => {
    const path = file('dying.jwk')
    const server = await startHonestServer({ keys: [await writeKey(path)] })
    const ran = probe([
      'POST',
      `${server.origin}/transfers`,
      '-k',
      path,
      ...transfer,
      '--wait',
      '2',
      '--case',
      'replay-later',
      '--case',
      'random-signature',
      '--case',
      'unsigned',
    ])
    // What is to be replayed later has been let in, after the controls.
    while (server.runs() < 3) await new Promise((resolve) => setTimeout(resolve, 20))
    await server.close()
    const { code, report } = await ran
    expect(idsOf(report, 'held')).toEqual([])
    expect(report.complete).toBe(false)
    expect(code).toBe(3)
  })
})

/** The order of the report. */
function byReport(cases: readonly { readonly id: string }[]): (left: string, right: string) => number {
  const ids = cases.map(({ id }) => id)
  return (left, right) => ids.indexOf(left) - ids.indexOf(right)
}

/** The nonce of a request whose signature verifies, whatever its body is. */
async function verifiedNonce(request: IncomingMessage, key: VerifyingKey, origin: string): Promise<string | undefined> {
  const headers = request.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, request.rawHeaders[index + 1] ?? ''] as const] : [],
  )
  const message = createRequestMessage({ method: request.method ?? '', url: `${origin}${request.url}`, headers })
  const [signature] = parseSignatures(message)
  if (signature === undefined) return undefined
  const verified = await verifySignature(message, signature, key)
  return verified.parameters.nonce
}
