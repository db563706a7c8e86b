import { createHash, verify } from 'node:crypto'
import {
  createRequestMessage,
  ed25519,
  importSigningKey,
  type RequestMessage,
  type SigningKey,
} from '@countersign/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAnswerSigner, type ResponseSigningOptions } from '../../src/index.ts'
import { generatePair } from '../attacks/key-pairs.ts'

const pair = generatePair.ed25519()
const clock = (): number => 1_700_000_000_999
let key: SigningKey

beforeAll(async () => {
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  key = await importSigningKey(ed25519, { pem }, { keyId: 'bank' })
})

const digest = (text: string): string => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`
const requestInput = 'sig1=("@method");created=1;nonce="0123456789abcdef"'

function request(method = 'POST', headers: Record<string, string> = {}): RequestMessage {
  const signed = { 'signature-input': requestInput, signature: 'sig1=:AA==:', ...headers }
  return createRequestMessage({ method, url: 'https://bank.example/transfers?a=1', headers: Object.entries(signed) })
}

function signer(options: Partial<ResponseSigningOptions> = {}): ReturnType<typeof createAnswerSigner> {
  return createAnswerSigner({ key, clock, ...options })
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

describe('createAnswerSigner', () => {
  it('signs the answer and what it answers', async () => {
    const answer = { status: 201, headers: [['Content-Type', 'text/plain'] as const], body: bytes('paid') }
    const asked = request('POST', { 'content-digest': digest('{}'), authorization: 'Bearer x', 'x-other': 'y' })
    const signed = await signer()(answer, asked)
    const input =
      '("@status" "content-digest" "content-type" "@method";req "@authority";req "@path";req "@query";req "signature-input";req "content-digest";req "authorization";req);created=1700000000;alg="ed25519";keyid="bank"'
    const base = [
      '"@status": 201',
      `"content-digest": ${digest('paid')}`,
      '"content-type": text/plain',
      '"@method";req: POST',
      '"@authority";req: bank.example',
      '"@path";req: /transfers',
      '"@query";req: ?a=1',
      `"signature-input";req: ${requestInput}`,
      `"content-digest";req: ${digest('{}')}`,
      '"authorization";req: Bearer x',
      `"@signature-params": ${input}`,
    ].join('\n')
    expect(signed.base).toBe(base)
    const headers = new Headers(signed.headers as [string, string][])
    expect(headers.get('signature-input')).toBe(`sig1=${input}`)
    expect(headers.get('cache-control')).toBe('no-store')
    const signature = /^sig1=:(.*):$/.exec(headers.get('signature')!)![1]!
    expect(verify(null, Buffer.from(base), pair.publicKey, Buffer.from(signature, 'base64'))).toBe(true)
  })

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
    ['GET', 205],
  ])('signs no body of %s %s', async (method, status) => {
    const signed = await signer()({ status, headers: [], body: bytes('x') }, request(method))
    expect([signed.body, signed.base.includes('"content-digest"')]).toEqual([null, false])
  })

  it('covers where the client goes next, and other fields where they are present', async () => {
    const sign = signer({
      coveredWhenPresent: ['etag', 'location'],
      tag: 'bank',
      label: 'reply',
      digestAlgorithms: ['sha-512'],
    })
    const headers = [
      ['location', '/1'],
      ['etag', '"1"'],
      ['cache-control', 'private'],
      ['content-digest', 'sha-256=:AA==:'],
    ] as const
    const { base, headers: sent } = await sign({ status: 201, headers, body: bytes('x') }, request())
    expect(base).toContain('\n"location": /1\n"etag": "1"\n')
    expect(base).toMatch(/\n"content-digest": sha-512=:.{88}:\n/)
    expect(base).toMatch(/;keyid="bank";tag="bank"$/)
    const names = sent.map(([name]) => name.toLowerCase())
    expect(names).toEqual(['location', 'etag', 'cache-control', 'content-digest', 'signature-input', 'signature'])
    expect(new Headers(sent as [string, string][]).get('signature')).toMatch(/^reply=/)
    const without = await sign({ status: 200, headers: [], body: null }, request())
    expect(without.base).not.toContain('etag')
  })

  it('keeps signatures that are there, and wants a label of its own', async () => {
    const headers = [
      ['signature-input', 'inner=("@status")'],
      ['signature', 'inner=:AA==:'],
    ] as const
    const { headers: sent } = await signer()({ status: 200, headers, body: null }, request())
    expect(new Headers(sent as [string, string][]).get('signature')).toMatch(/^inner=:AA==:, sig1=:/)
    await expect(signer({ label: 'inner' })({ status: 200, headers, body: null }, request())).rejects.toMatchObject({
      code: 'duplicate_label',
    })
  })

  it('finds mistakes when it is made', () => {
    const mistakes: unknown[] = [
      { key: undefined },
      { digestAlgorithms: [] },
      { digestAlgorithms: ['md5'] },
      { coveredWhenPresent: ['@status'] },
      { coveredWhenPresent: ['ETag'] },
      { tag: 'a"b' },
      { expires: 5 },
    ]
    for (const options of mistakes) {
      expect(() => signer(options as ResponseSigningOptions), JSON.stringify(options)).toThrow(TypeError)
    }
  })
})
