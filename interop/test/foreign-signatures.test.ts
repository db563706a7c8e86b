import { createHash } from 'node:crypto'
import { createRequestMessage, createSignatureInput, ed25519, importSigningKey, signatureBase } from '@countersign/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { generatePair } from '../../packages/core/test/generate-pair.ts'
import { contest } from '../driver/contest.mjs'
import { foreignVerifier } from '../driver/foreign-signatures.mjs'
import { signingSet } from '../driver/signing-set.mjs'
import { answering, createWorkshop } from './fake-runner.ts'

const pair = generatePair('ed25519')
const keys = {
  someone: {
    algorithm: 'ed25519',
    keyid: 'someone',
    publicJwk: pair.publicKey.export({ format: 'jwk' }),
    privateJwk: pair.privateKey.export({ format: 'jwk' }),
  },
}
const now = 1_700_000_000

let verify: Awaited<ReturnType<typeof foreignVerifier>>

beforeAll(async () => {
  verify = await foreignVerifier(keys)
})

// biome-ignore lint/suspicious/noExplicitAny: vectors are JSON
type Vector = any

/** The vector of a request with a body. */
function postVector(): Vector {
  const found = signingSet(keys, now).find(({ id }) => id === 'signing.ed25519.post')
  if (found === undefined) throw new Error('there is no such vector')
  return structuredClone(found)
}

/** Signs as a library would. */
async function sign(vector: Vector, components: readonly string[], nonce: string): Promise<[string, string][]> {
  const key = await importSigningKey(ed25519, { jwk: keys.someone.privateJwk }, { keyId: 'someone' })
  const input = createSignatureInput(components, { created: now, nonce, keyid: 'someone' })
  const base = signatureBase(createRequestMessage(vector.message.request), input)
  const signature = Buffer.from(await key.sign(new TextEncoder().encode(base))).toString('base64')
  return [
    ['Signature-Input', `sig1=${input.text}`],
    ['Signature', `sig1=:${signature}:`],
  ]
}

const covered = ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type']
const nonce = 'nonce-of-post-0123456789'

describe('a signature that a library made', () => {
  test('verifies, and passes the default policy', async () => {
    const vector = postVector()
    expect(await verify(vector, await sign(vector, covered, nonce))).toEqual({ exact: false })
  })

  test('is exact when it is what the vector has', async () => {
    const vector = postVector()
    const fields = await sign(vector, covered, nonce)
    vector.signatureInput = fields[0]?.[1].slice('sig1='.length)
    expect(await verify(vector, fields)).toEqual({ exact: true })
    vector.deterministic = true
    vector.signature = 'AAAA'
    expect(await verify(vector, fields)).toEqual({ exact: false })
  })

  test('must cover what was asked for', async () => {
    const vector = postVector()
    const fields = await sign(vector, covered.slice(1), nonce)
    await expect(verify(vector, fields)).rejects.toThrow('it covers')
  })

  test('must have the nonce that was asked for', async () => {
    const vector = postVector()
    const fields = await sign(vector, covered, 'another-nonce-0123456789')
    await expect(verify(vector, fields)).rejects.toThrow('nonce is another')
  })

  test('takes the place of those that the message had, where the library prints them all', async () => {
    const vector = postVector()
    const fields = await sign(vector, covered, nonce)
    vector.message.request.headers.push(['signature-input', 'old=()'], ['signature', 'old=:AAAA:'])
    expect(await verify(vector, fields)).toEqual({ exact: false })
  })

  test('must verify', async () => {
    const vector = postVector()
    const fields = await sign(vector, covered, nonce)
    vector.message.request.method = 'PUT'
    await expect(verify(vector, fields)).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  test('must have the label that was asked for', async () => {
    const vector = postVector()
    const fields = await sign(vector, covered, nonce)
    await expect(verify({ ...vector, label: 'sig2' }, fields)).rejects.toThrow('no signature has the label sig2')
  })

  test('must pass the default policy: the body too', async () => {
    const vector = postVector()
    const fields = await sign(vector, covered, nonce)
    vector.message.request.body = Buffer.from('another').toString('base64')
    await expect(verify(vector, fields)).rejects.toMatchObject({ code: 'digest_mismatch' })
  })
})

test('the messages to sign have the digests of their bodies', () => {
  const { headers, body } = postVector().message.request
  const digest = createHash('sha256').update(Buffer.from(body, 'base64')).digest('base64')
  expect(headers).toContainEqual(['Content-Digest', `sha-256=:${digest}:`])
})

test('a signature that does not verify fails, unless it was reviewed', async () => {
  const workshop = createWorkshop([])
  try {
    const folder = workshop.addRunner('fake', answering(`{ result: 'accept', fields: [] }`))
    const node = process.execPath
    const runner = {
      ...{ name: 'fake', language: 'Tongue', library: 'a library', version: '1', kind: 'third-party' as const },
      ...{ types: ['base'], profiles: [], lacks: [], signs: true, needs: [], prepare: [], folder },
      command: [node, 'runner.mjs'],
    }
    const vector = postVector()
    const input = { keys, tests: [], signing: [vector], ci: false, progress: (): void => {} }
    const loadVerifier = async () => async (): Promise<{ exact: boolean }> => {
      throw new Error('no such signature')
    }
    const failed = await contest({ ...runner, disagreements: [] }, { ...input, loadVerifier })
    expect(failed.problems).toEqual([expect.stringContaining(`${vector.id}: its signature: no such signature`)])
    const reviewed = { ids: [vector.id], theirs: 'invalid' as const, reason: '', rfc: '', link: '' }
    const passed = await contest({ ...runner, disagreements: [reviewed] }, { ...input, loadVerifier })
    expect(passed.problems).toEqual([])
    expect(passed.verdict.disagreements[0]?.ids).toEqual([vector.id])
  } finally {
    workshop.remove()
  }
})
