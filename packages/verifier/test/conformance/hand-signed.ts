import { createHmac } from 'node:crypto'
import { type FieldLine, hmacSha256, importVerifyingKey, SignatureError, type VerifyingKey } from '@countersign/core'
import {
  createMemoryReplayStore,
  createMessageVerifier,
  type ReceivedRequest,
  type VerifiedRequest,
  type VerifierOptions,
} from '../../src/index.ts'

/** The clock of the tests, in Unix seconds. */
export const now = 1_700_000_000

/** Who can sign by hand. */
export type Signer = 'alice' | 'bob'

const secrets: Readonly<Record<Signer, Uint8Array>> = {
  alice: new Uint8Array(32).fill(1),
  bob: new Uint8Array(32).fill(2),
}

/** One line of a signature base: a component identifier and its value. */
export type BaseLine = readonly [identifier: string, value: string]

/** What the default policy asks for, of `POST https://bank.example/transfers?dry=1`. */
export const honestLines: readonly BaseLine[] = [
  ['"@method"', 'POST'],
  ['"@authority"', 'bank.example'],
  ['"@path"', '/transfers'],
  ['"@query"', '?dry=1'],
]

let nonces = 0

/** Signature parameters as they stand behind the list, with a nonce of their own. */
export function honestParameters(): string {
  nonces++
  return `;created=${now};nonce="nonce-${String(nonces).padStart(16, '0')}";alg="hmac-sha256";keyid="alice"`
}

/** What is signed by hand. */
export interface HandSigned {
  readonly label?: string
  readonly lines?: readonly BaseLine[]
  readonly parameters?: string
  readonly by?: Signer
}

/** The two fields of a signature whose base is written by hand, and whose MAC node:crypto makes. */
export function signatureFields(parts: HandSigned = {}): readonly [input: string, signature: string] {
  const { label = 'sig1', lines = honestLines, parameters = honestParameters(), by = 'alice' } = parts
  const innerList = `(${lines.map(([identifier]) => identifier).join(' ')})${parameters}`
  const base = [...lines, ['"@signature-params"', innerList]].map((line) => line.join(': ')).join('\n')
  const mac = createHmac('sha256', secrets[by]).update(base).digest('base64')
  return [`${label}=${innerList}`, `${label}=:${mac}:`]
}

/** A request with these values in the lines of its signature fields. */
export function requestWith(signatures: readonly (readonly [string, string])[], headers: FieldLine[] = []): Request {
  const fields = signatures.flatMap(([input, signature]): FieldLine[] => [
    ['Signature-Input', input],
    ['Signature', signature],
  ])
  return { method: 'POST', target: '/transfers?dry=1', headers: [...headers, ...fields], body: null, source: undefined }
}

/** A request as an adapter hands it over. */
export type Request = ReceivedRequest<undefined>

/** Verifies with a fresh store, which knows the keys of alice and bob. */
export async function verifyWith(
  request: Request,
  options: Partial<VerifierOptions<undefined>> = {},
): Promise<VerifiedRequest> {
  const keys = await Promise.all([keyOf('alice'), keyOf('bob')])
  const replayStore = createMemoryReplayStore({ startsFresh: true })
  const clock = (): number => now * 1000
  return createMessageVerifier({ keys, replayStore, origin: 'https://bank.example', clock, ...options })(request)
}

/** The code of the refusal, or `accepted`. */
export async function verdictOf(request: Request, options: Partial<VerifierOptions<undefined>> = {}): Promise<string> {
  try {
    await verifyWith(request, options)
    return 'accepted'
  } catch (error) {
    if (error instanceof SignatureError) return error.code
    throw error
  }
}

/** The key that verifies what {@link signatureFields} signs. */
export function keyOf(name: Signer): Promise<VerifyingKey> {
  return importVerifyingKey(hmacSha256, { secret: secrets[name] }, { keyId: name })
}
