import {
  createContentDigest,
  createRequestMessage,
  encodeUtf8,
  type FieldLine,
  generateKey,
  hmacSha256,
  type SignatureParameters,
  type SigningKey,
  sign,
} from '@countersign/core'
import { createMemoryReplayStore, type ReceivedRequest, type VerifierOptions } from '../src/index.ts'

/** The clock of the tests, in Unix seconds. */
export const now = 1_700_000_000

/** What a test signs; everything has an honest default. */
export interface MessageParts {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly FieldLine[]
  readonly body?: string
  readonly components?: readonly string[]
  readonly parameters?: SignatureParameters
}

let nonces = 0

/** Parameters that the default policy accepts, with a nonce of their own. */
export function honestParameters(key: SigningKey): SignatureParameters {
  nonces++
  return { created: now, nonce: `nonce-${String(nonces).padStart(16, '0')}`, alg: key.algorithm, keyid: key.keyId }
}

/** Signs a request as an adapter would hand it over. The wire is tested elsewhere with an independent signer. */
export async function signedMessage(key: SigningKey, parts: MessageParts = {}): Promise<ReceivedRequest> {
  const { method = 'POST', target = '/transfers?dry=1', body } = parts
  const bytes = body === undefined ? undefined : encodeUtf8(body)
  const headers: FieldLine[] = [...(parts.headers ?? [])]
  if (bytes) headers.push(['Content-Type', 'text/plain'], ['Content-Digest', await createContentDigest(bytes)])
  const message = createRequestMessage({ method, url: `https://bank.example${target}`, headers })
  const covered = bytes ? ['content-digest', 'content-type'] : []
  const fields = await sign(message, key, {
    components: parts.components ?? ['@method', '@authority', '@path', '@query', ...covered],
    parameters: parts.parameters ?? honestParameters(key),
  })
  headers.push(['Signature-Input', fields.signatureInput], ['Signature', fields.signature])
  return { method, target, headers, body: bytes ?? null, source: 'the request of the framework' }
}

/** An HMAC key, and the options of a verifier that trusts it. */
export async function verifierSetup(): Promise<{ key: SigningKey; options: VerifierOptions }> {
  const { signingKey, verifyingKey } = await generateKey(hmacSha256, { keyId: 'alice' })
  const options: VerifierOptions = {
    keys: [verifyingKey],
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin: 'https://bank.example',
    clock: () => now * 1000,
  }
  return { key: signingKey, options }
}
