import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hmacSha256, importSigningKey, importVerifyingKey } from '@countersign/core'
import { createMemoryReplayStore, type VerifierEvent, type VerifierOptions } from '@countersign/verifier'
import { explainRefusals } from '@countersign/verifier/explain'
import { createVerifier, protect } from '@countersign/verifier/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ExplainedRefusal, explainingFetch, explainRefusal } from '../../src/explain-refusal.ts'
import { createSignedFetch, signRequest } from '../../src/index.ts'
import { importKey, secret } from '../key.ts'

type Change = (headers: Record<string, string>, target: string) => { headers?: Record<string, string>; target?: string }

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A bank behind a proxy that changes what it passes on. */
async function startBank(
  change: Change = () => ({}),
  more: Partial<VerifierOptions> = { explain: explainRefusals() },
): Promise<{ origin: string; events: VerifierEvent[] }> {
  const events: VerifierEvent[] = []
  let verify: ReturnType<typeof createVerifier>
  const upstream = await listen(
    createServer((request, response) => {
      void protect(verify, () => response.end('in'))(request, response)
    }),
  )
  const origin = await listen(
    createServer((incoming, response) => {
      const changed = change(incoming.headers as Record<string, string>, incoming.url ?? '')
      const { headers = incoming.headers, target = incoming.url ?? '' } = changed
      const outgoing = send(upstream + target, { method: incoming.method ?? '', headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      incoming.pipe(outgoing)
    }),
  )
  verify = createVerifier({
    keys: [await importVerifyingKey(hmacSha256, { secret }, { keyId: 'alice' })],
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin,
    onEvent: (event) => events.push(event),
    ...more,
  })
  return { origin, events }
}

async function refusedBy(
  bank: { readonly origin: string },
  init: RequestInit = {},
): Promise<{ explained: ExplainedRefusal | undefined; answer: string }> {
  const { request } = await signRequest(new Request(`${bank.origin}/a?b=1`, init), { key: await importKey() })
  const response = await fetch(request.clone())
  expect(response.status).toBe(401)
  const explained = await explainRefusal(request, response)
  return { explained, answer: await response.text() }
}

const post = {
  method: 'POST',
  body: 'to=bob',
  headers: { 'content-type': 'text/plain', authorization: 'Basic c2VjcmV0' },
}

describe('explainRefusal', () => {
  it.each<readonly [what: string, change: Change, identifier: string, difference: string]>([
    ['path', (_headers, target) => ({ target: `/api${target}` }), '"@path"', 'other value'],
    ['query', () => ({ target: '/a?b=2' }), '"@query"', 'other value'],
    [
      'content type',
      (headers) => ({ headers: { ...headers, 'content-type': 'text/html' } }),
      '"content-type"',
      'other value',
    ],
    [
      'list of components',
      (headers) => {
        const input = headers['signature-input'] ?? ''
        return { headers: { ...headers, 'signature-input': input.replace(';alg=', ';x;alg=') } }
      },
      '"@signature-params"',
      'other value',
    ],
  ])('names the %s that a proxy changed', async (_what, change, identifier, difference) => {
    const { explained } = await refusedBy(await startBank(change), {
      ...post,
      headers: { 'content-type': 'text/plain' },
    })
    expect(explained?.differences).toEqual([{ identifier, difference }])
    expect(explained?.text).toBe(`${identifier}: the server saw another value than was signed`)
  })

  it('names the authority where origin is wrong', async () => {
    const { explained } = await refusedBy(
      await startBank(undefined, { explain: explainRefusals(), origin: 'http://bank.internal' }),
    )
    expect(explained?.differences).toEqual([{ identifier: '"@authority"', difference: 'other value' }])
  })

  it('says so when the bases are the same: another key, or another body', async () => {
    const key = await importSigningKey(hmacSha256, { secret: new Uint8Array(32).fill(8) }, { keyId: 'alice' })
    const bank = await startBank()
    const { request } = await signRequest(new Request(bank.origin), { key })
    const explained = await explainRefusal(request, await fetch(request.clone()))
    expect(explained).toMatchObject({ differences: [], text: expect.stringContaining('the key') })
  })

  it('looks the same for a keyid that is unknown and one whose signature is bad', async () => {
    const bank = await startBank()
    const shapes = await Promise.all(
      ['alice', 'eve'].map(async (keyId) => {
        const key = await importSigningKey(hmacSha256, { secret: new Uint8Array(32).fill(9) }, { keyId })
        const { request } = await signRequest(new Request(bank.origin), { key })
        const text = await (await fetch(request)).text()
        return text.replace(/"salt":"[^"]*"/, '').replace(/"hash":"[0-9a-f]{8}"/g, '')
      }),
    )
    expect(shapes[0]).toBe(shapes[1])
    expect(shapes[0]).toContain('explanation')
  })

  it('tells nothing of Authorization and of what is withheld, and says so', async () => {
    const change: Change = (headers) => ({
      headers: { ...headers, 'content-type': 'a/b', authorization: 'Basic b3RoZXI=' },
    })
    const explain = explainRefusals({ withhold: ['Content-Type'] })
    const { explained, answer } = await refusedBy(await startBank(change, { explain }), post)
    expect(explained?.differences).toEqual([
      { identifier: '"content-type"', difference: 'withheld' },
      { identifier: '"authorization"', difference: 'withheld' },
    ])
    expect(explained?.text).toContain('Everything else is the same')
    expect(JSON.parse(answer).explanation.signatures[0].lines).toContainEqual({
      identifier: '"authorization"',
      hash: null,
    })
  })

  it('tells no value, and uses a fresh salt each time', async () => {
    const bank = await startBank((_headers, target) => ({ target: `/SECRET-PREFIX${target}` }))
    const [first, second] = [await refusedBy(bank), await refusedBy(bank)]
    expect(first.answer).not.toContain('SECRET-PREFIX')
    const [one, other] = [first, second].map(({ answer }) => JSON.parse(answer).explanation)
    expect(one.salt).not.toBe(other.salt)
    expect(one.signatures[0].lines[0].hash).not.toBe(other.signatures[0].lines[0].hash)
  })

  it('reaches onEvent, and no log of the event', async () => {
    const bank = await startBank((_headers, target) => ({ target: `/x${target}` }))
    await refusedBy(bank)
    const [event] = bank.events
    if (event?.type !== 'refused') throw new Error('it was expected to be refused')
    expect(event.error.explanation).toMatchObject({ salt: expect.any(String) })
    expect(JSON.stringify(event)).not.toContain('salt')
  })

  it('is undefined where the server does not explain, by default', async () => {
    const { explained, answer } = await refusedBy(
      await startBank((_headers, target) => ({ target: `/x${target}` }), {}),
    )
    expect(explained).toBeUndefined()
    expect(answer).not.toContain('explanation')
  })

  it.each([
    [
      'replayed',
      async (origin: string) => {
        const { request } = await signRequest(new Request(origin), { key: await importKey() })
        await fetch(request.clone())
        return fetch(request)
      },
    ],
    ['missing', async (origin: string) => fetch(origin)],
  ])('explains no refusal of another kind (%s)', async (kind, ask) => {
    const answer = await (await ask((await startBank()).origin)).json()
    expect(answer).toMatchObject({ code: kind })
    expect(answer).not.toHaveProperty('explanation')
  })

  it.each([
    ['a salt that is short', { salt: 'x', signatures: [] }],
    ['signatures that are none', { salt: 'x'.repeat(22), signatures: 5 }],
    ['null', null],
  ])('does not believe %s', async (_what, explanation) => {
    const { request } = await signRequest(new Request('http://127.0.0.1'), { key: await importKey() })
    expect(await explainRefusal(request, Response.json({ explanation }, { status: 401 }))).toBeUndefined()
  })

  it('drops lines that are none', async () => {
    const { request } = await signRequest(new Request('http://127.0.0.1'), { key: await importKey() })
    const lines = [{ identifier: '"x"\u001b[31m', hash: '1' }, 5, null, { identifier: '"y"', hash: 7 }]
    const explanation = { salt: 'x'.repeat(22), signatures: [{ label: 'sig1', lines }, null] }
    const explained = await explainRefusal(request, Response.json({ explanation }, { status: 401 }))
    expect(explained?.differences.every(({ difference }) => difference === 'only signed')).toBe(true)
  })
})

describe('explainingFetch', () => {
  it('tells of each refusal, and leaves the response to the caller', async () => {
    const told: string[] = []
    const bank = await startBank((_headers, target) => ({ target: `/x${target}` }))
    const explaining = explainingFetch(({ text }, request) => told.push(`${request.method} ${text}`))
    const response = await createSignedFetch({ key: await importKey(), fetch: explaining })(bank.origin)
    expect(await response.json()).toMatchObject({ code: 'invalid' })
    expect(told).toEqual(['GET "@path": the server saw another value than was signed'])
  })

  it('changes nothing where it fails, or where there is nothing to tell', async () => {
    const bank = await startBank((_headers, target) => ({ target: `/x${target}` }))
    const failing = explainingFetch(() => {
      throw new Error('the console is gone')
    })
    expect((await createSignedFetch({ key: await importKey(), fetch: failing })(bank.origin)).status).toBe(401)
    expect((await explainingFetch(failing as never)(bank.origin)).status).toBe(401)
  })
})

it('explainRefusals and the option explain refuse what they are not', async () => {
  expect(() => explainRefusals({ witheld: [] } as never)).toThrow(TypeError)
  expect(() => explainRefusals({ withhold: 'cookie' } as never)).toThrow(TypeError)
  await expect(startBank(undefined, { explain: true as never })).rejects.toThrow(/explain takes what/)
})
