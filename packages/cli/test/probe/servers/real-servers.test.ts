import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSignatureError, type VerifyingKey } from '@countersign/core'
import { createMemoryReplayStore, problemOf } from '@countersign/verifier'
import { createVerifier } from '@countersign/verifier/node'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../temporary-folder.ts'
import { idsOf, type Probed, probe, writeKey } from '../probing.ts'
import { startServer, type TestServer } from '../test-server.ts'

const file = temporaryFolder()
let keys = 0

/** What came of the verification: an id of the effect, or the coarse code and status of a refusal. */
type Outcome =
  | { readonly id: () => number; readonly refused?: undefined }
  | { readonly refused: string; readonly status: number }

/** A server that is right in all but what it answers, and a key for it. */
async function start(
  answer: (outcome: Outcome, response: ServerResponse, request: IncomingMessage) => unknown,
  before: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<{ readonly server: TestServer; readonly key: string }> {
  keys += 1
  const key = file(`${keys}.jwk`)
  const held: VerifyingKey = await writeKey(key)
  const server = await startServer((origin) => {
    const replayStore = createMemoryReplayStore({ startsFresh: true })
    const verify = createVerifier({ keys: [held], origin, replayStore })
    return async (request, response, run) => {
      if (before(request, response)) return
      const outcome = await verify(request).then(
        (): Outcome => ({ id: run }),
        (error: unknown): Outcome => {
          if (!isSignatureError(error)) throw error
          const { status, body } = problemOf(error)
          return { refused: (JSON.parse(body) as { code: string }).code, status }
        },
      )
      answer(outcome, response, request)
    }
  })
  return { server, key }
}

function plainly(outcome: Outcome, response: ServerResponse): void {
  if (outcome.refused === undefined) json(response, 201, { id: outcome.id() })
  else json(response, outcome.status, { error: outcome.refused })
}

function json(response: ServerResponse, status: number, said: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
}

function scan({ server, key }: Awaited<ReturnType<typeof start>>, ...args: readonly string[]): Promise<Probed> {
  const transfer = ['POST', `${server.origin}/transfers`, '-d', '{"to":"bob","amount":1}', '-k', key]
  return probe([...transfer, '--wait', '0', '--count-url', `${server.origin}/count`, ...args])
}

describe('a server that says no with 200', () => {
  const envelopes: readonly (readonly [string, (outcome: Outcome) => object | string])[] = [
    ['and a flag', (it) => (it.refused === undefined ? { ok: true, id: it.id() } : { ok: false, id: null })],
    [
      'and codes of its own',
      (it) =>
        it.refused === undefined
          ? { code: 200, message: 'fine', data: { id: it.id() } }
          : { code: it.status, message: it.refused, data: null },
    ],
    [
      'and an error that is null otherwise',
      (it) => (it.refused === undefined ? { error: null, result: it.id() } : { error: it.refused, result: null }),
    ],
    ['and text', (it) => (it.refused === undefined ? `transfer ${it.id()} done` : `refused: ${it.refused}`)],
  ]

  it.each(envelopes)('%s is understood', async (_what, said) => {
    const started = await start((outcome, response) => {
      const text = said(outcome)
      if (typeof text === 'string') response.end(text)
      else json(response, 200, text)
    })
    const { code, report } = await scan(started)
    expect([code, idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([0, [], []])
    expect(report.window).toEqual({ maxAgeSeconds: 60, futureSkewSeconds: 10 })
    expect(report.summary.held).toBeGreaterThan(80)
  })
})

describe('a server that lets in what is not signed, and says less then', () => {
  it.each([
    ['by 201, which is no refusal', 201, []],
    ['by the count', 200, ['--count-url', '/count']],
  ])('is found %s', async (_what, status, [option, path]) => {
    const { server, key } = await startSilent(status)
    const count = option === undefined ? [] : [option, `${server.origin}${path}`]
    const args = ['POST', `${server.origin}/transfers`, '-k', key, '-d', '{"to":"bob","amount":1}', ...count]
    const { report } = await probe([...args, '--case', 'unsigned', '--case', 'random-signature'])
    expect([idsOf(report, 'finding'), idsOf(report, 'held')]).toEqual([['unsigned'], ['random-signature']])
  })

  async function startSilent(status: number): Promise<{ readonly server: TestServer; readonly key: string }> {
    const key = file(`silent-${status}.jwk`)
    const held = [await writeKey(key)]
    const server = await startServer((origin) => {
      const verify = createVerifier({ keys: held, origin, replayStore: createMemoryReplayStore({ startsFresh: true }) })
      return async (request, response, run) => {
        const isUnsigned = request.headers['signature-input'] === undefined
        const signer = isUnsigned ? {} : await verify(request).catch(() => undefined)
        if (signer === undefined) json(response, 401, {})
        else json(response, status, { id: run(), ...(isUnsigned ? {} : { from: 'alice' }) })
      }
    })
    return { server, key }
  }
})

describe('a server that has enough of bad requests', () => {
  /** After so many refusals, so many requests are answered with a status, whatever they are. */
  function lockingOut(refusals: number, requests: number, status: number): ReturnType<typeof start> {
    let [refused, locked] = [0, 0]
    return start(
      (outcome, response) => {
        if (outcome.refused !== undefined) refused += 1
        if (refused >= refusals) [refused, locked] = [0, requests]
        plainly(outcome, response)
      },
      (_request, response) => {
        if (locked === 0) return false
        locked -= 1
        json(response, status, { error: 'slow down' })
        return true
      },
    )
  }

  it.each([429, 403])('with %d for a while is in doubt, and not flawed', async (status) => {
    const { report } = await scan(await lockingOut(20, 7, status))
    expect(idsOf(report, 'finding')).toEqual([])
    expect(idsOf(report, 'inconclusive').length).toBeGreaterThan(5)
    expect(idsOf(report, 'held').length).toBeGreaterThan(40)
  })

  it('and locks the key out is not said to have burnt a nonce', async () => {
    const { report } = await scan(await lockingOut(10, 60, 403), '--case', 'forgeries-burn-nonce')
    expect(report.cases.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['inconclusive', 'A fresh request was refused afterwards'],
    ])
  })

  it('and lets them wait for ever is in doubt', async () => {
    const started = await start((outcome, response) => {
      if (outcome.refused === undefined) plainly(outcome, response)
    })
    const { report } = await scan(started, '--timeout', '1', '--case', 'random-signature', '--case', 'body-length-lies')
    expect([idsOf(report, 'inconclusive'), idsOf(report, 'held')]).toEqual([['random-signature'], ['body-length-lies']])
  })
})

describe('a server with a page for every path', () => {
  it('shows it to all, and lets nobody in by that', async () => {
    const started = await start(plainly, ({ url = '' }, response) => {
      if (/^\/balance(?:\?|$)/.test(url)) return false
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end('<!doctype html><title>Bank</title>')
      return true
    })
    const { server, key } = started
    const { code, report } = await probe(['GET', `${server.origin}/balance?of=7`, '-k', key, '--wait', '0'])
    expect([code, idsOf(report, 'finding'), idsOf(report, 'inconclusive')]).toEqual([0, [], []])
    const path = report.cases.find(({ id }) => id === 'path-altered')
    expect(path?.evidence.map(({ answer, accepted }) => [answer, accepted])).toEqual(Array(4).fill(['200 OK', 0]))
  })
})

describe('a server that counts late', () => {
  it('has its effects counted for the case that they are of', async () => {
    const started = await start((outcome, response) => {
      if (outcome.refused === undefined) setTimeout(outcome.id, 120)
      json(response, outcome.refused === undefined ? 202 : 401, {})
    })
    const cases = ['replay-after-others', 'method-altered', 'unsigned', 'replay', 'body-swapped', 'label-renamed']
    const ids = cases.flatMap((id) => ['--case', id])
    const { code, report } = await scan(started, ...ids)
    expect(report.count).toEqual({ perControl: 1 })
    expect([code, idsOf(report, 'finding'), idsOf(report, 'held').length]).toEqual([0, [], 6])
  })
})

describe('a server that keeps its answers', () => {
  it('and gives them again is told from one that does it again', async () => {
    const kept = new Map<string, number>()
    const started = await start((outcome, response, request) => {
      const nonce = /;nonce="([^"]*)"/.exec(String(request.headers['signature-input']))?.[1] ?? ''
      if (outcome.refused === undefined) kept.set(nonce, outcome.id())
      const id = kept.get(nonce)
      if (id === undefined) json(response, 401, {})
      else json(response, 201, { id })
    })
    const { code, report } = await scan(started, '--case', 'replay')
    expect([code, idsOf(report, 'finding')]).toEqual([1, ['replay']])
    expect(report.cases[0]?.reason).toMatch(/201 Created where it should be refused; the effect did not run for it/)
  })
})

describe('a server that closes each connection', () => {
  it('is not asked for more than one answer on it', async () => {
    const { code, report } = await scan(
      await start((outcome, response) => {
        response.setHeader('connection', 'close')
        plainly(outcome, response)
      }),
      '--case',
      'replay-pipelined',
      '--case',
      'replay-concurrent',
    )
    expect([code, idsOf(report, 'held'), idsOf(report, 'not-applicable')]).toEqual([
      0,
      ['replay-concurrent'],
      ['replay-pipelined'],
    ])
  })
})

describe('an API with its key in the query', () => {
  it('is asked without it', async () => {
    const server = await startServer(() => (request, response) => {
      const isKnown = new URL(request.url ?? '', 'http://bank.test').searchParams.get('api_key') === 'k-4711-secret'
      response.writeHead(isKnown ? 200 : 403).end()
    })
    const { report } = await probe([
      'GET',
      `${server.origin}/balance?of=7&api_key=k-4711-secret`,
      '--case',
      'credential-removed',
    ])
    expect(idsOf(report, 'held')).toEqual(['credential-removed'])
  })
})
