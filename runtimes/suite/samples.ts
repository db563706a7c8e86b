import {
  type AlgorithmName,
  createContentDigest,
  createRequestMessage,
  encodeUtf8,
  isSignatureError,
  sign,
} from '@countersign/core'
import { createMemoryReplayStore, createMessageVerifier, type MessageVerifier } from '@countersign/verifier'
import { signingKeyOf, verifyingKeyOf } from './algorithms.ts'
import type { SignTask, TaskKey, VerifyTask } from './task.ts'

/** A signed request as it goes from one runtime to another. */
export interface Sample {
  readonly algorithm: AlgorithmName
  readonly keyId: string
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** What was signed. */
  readonly base: string
}

/** What became of a sample. */
export type Verdict = { readonly accepted: true } | { readonly accepted: false; readonly reason: string }

/** The origin that samples are for. Nobody calls it. */
const origin = 'https://bank.example'

/** With a query that must not be decoded, and a body that is not ASCII. */
const target = '/transfers?to=bob%20b&note='
const body = '{"to":"b\u00f6b","amount":10}'

/** The default profile for a request with a body (docs/profile.md). */
const components = ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type']

/** Signs one request with each algorithm. */
export async function signSamples({ keys, algorithms, now, nonce }: SignTask): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (const key of keys.filter(({ algorithm }) => algorithms.includes(algorithm))) {
    const { algorithm, keyId } = key
    const unsigned = [
      ['content-type', 'application/json'],
      ['content-digest', await createContentDigest(encodeUtf8(body))],
    ] as const
    const message = createRequestMessage({ method: 'POST', url: origin + target, headers: unsigned })
    const parameters = { created: now, expires: now + 60, nonce, alg: algorithm, keyid: keyId }
    const signed = await sign(message, await signingKeyOf(key), { components, parameters })
    const headers = [
      ...unsigned,
      ['signature-input', signed.signatureInput] as const,
      ['signature', signed.signature] as const,
    ]
    samples.push({ algorithm, keyId, method: 'POST', url: origin + target, headers, body, base: signed.base })
  }
  return samples
}

/**
 * Verifies samples as a server does. The first of each algorithm must also be refused with one bit changed, and when it
 * comes again: interpreters take their time for the curves.
 */
export async function verifySamples({ keys, samples, now }: VerifyTask): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  const seen = new Set<AlgorithmName>()
  for (const sample of samples) {
    const { algorithm } = sample
    const key = keys.find((candidate) => candidate.algorithm === algorithm) as TaskKey
    const verify = await verifierOf(key, now)
    verdicts.push(seen.has(algorithm) ? verdictOfCode(await codeOf(verify, sample)) : await verdictOf(sample, verify))
    seen.add(algorithm)
  }
  return verdicts
}

function verdictOfCode(code: string): Verdict {
  return code === 'accepted' ? { accepted: true } : { accepted: false, reason: code }
}

/** Each sample has a verifier of its own, since all have the same nonce. */
async function verifierOf(key: TaskKey, now: number): Promise<MessageVerifier> {
  const clock = (): number => now * 1000
  return createMessageVerifier({
    keys: [await verifyingKeyOf(key)],
    replayStore: createMemoryReplayStore({ startsFresh: true, clock }),
    origin,
    clock,
  })
}

async function verdictOf(sample: Sample, verify: MessageVerifier): Promise<Verdict> {
  const changed = await codeOf(verify, withOtherBit(sample))
  if (changed !== 'invalid_signature') return { accepted: false, reason: `with one bit changed: ${changed}` }
  const first = verdictOfCode(await codeOf(verify, sample))
  if (!first.accepted) return first
  const again = await codeOf(verify, sample)
  return again === 'replayed' ? first : { accepted: false, reason: `sent again: ${again}` }
}

async function codeOf(verify: MessageVerifier, { method, url, headers, body }: Sample): Promise<string> {
  try {
    await verify({
      method,
      target: url.slice(origin.length),
      headers,
      body: encodeUtf8(body),
      source: undefined,
    })
    return 'accepted'
  } catch (error) {
    if (isSignatureError(error)) return error.code
    throw error
  }
}

/** The sample with one bit of its signature changed: the first of all, which is no padding. */
export function withOtherBit(sample: Sample): Sample {
  const headers = sample.headers.map(([name, value]) => {
    if (name !== 'signature') return [name, value] as const
    const at = value.indexOf(':') + 1
    const letter = value.charAt(at) === 'A' ? 'B' : 'A'
    return [name, value.slice(0, at) + letter + value.slice(at + 1)] as const
  })
  return { ...sample, headers }
}
