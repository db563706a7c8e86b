import {
  appendSignature,
  type Bytes,
  type ComponentIdentifier,
  createContentDigest,
  createResponseMessage,
  createSignatureInput,
  digestAlgorithms,
  type FieldLine,
  type HashName,
  type RequestMessage,
  type ResponseMessage,
  refuseUnknownOptions,
  type SigningKey,
  sign,
} from '@countersign/core'
import { requestComponents } from './request-components.ts'

/** How responses are signed. */
export interface ResponseSigningOptions {
  /** The key of the server. Its `keyId` goes over the wire. */
  readonly key: SigningKey
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
  /** Of Content-Digest, in this order. @default ['sha-256'] */
  readonly digestAlgorithms?: readonly HashName[]
  /** Fields that are covered where a response has them, beside Content-Type, Content-Encoding, Location and Accept-Signature. @default [] */
  readonly coveredWhenPresent?: readonly string[]
  /** The `tag` parameter, where clients ask for one. @default none */
  readonly tag?: string
  /** Names the signature within the message. @default 'sig1' */
  readonly label?: string
}

/** A response before it is sent, for any framework. */
export interface Answer {
  readonly status: number
  readonly headers: Iterable<FieldLine>
  /** The bytes that go over the wire: nothing may compress them afterwards. */
  readonly body: Bytes | null
}

/** A response that is ready to be sent, as the answer to one request. */
export interface SignedAnswer extends Answer {
  /** All field lines, the signature included. */
  readonly headers: readonly FieldLine[]
  /** The text that was signed. It holds the values of all covered components: keep it out of logs. */
  readonly base: string
}

/** Signs the answer to a request. It cannot be used as the answer to another one. */
export type AnswerSigner = (answer: Answer, request: RequestMessage) => Promise<SignedAnswer>

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof ResponseSigningOptions, true>> = {
  key: true,
  clock: true,
  digestAlgorithms: true,
  coveredWhenPresent: true,
  tag: true,
  label: true,
}

/** Covered where they are present: they change what the bytes mean, or what the client does next. */
const coveredFields = ['content-type', 'content-encoding', 'location', 'accept-signature'] as const

/** They have no content, whatever a handler gives ("null body status" of the Fetch standard). */
const emptyStatuses: ReadonlySet<number> = /* @__PURE__ */ new Set([101, 103, 204, 205, 304])

/**
 * Makes a signer that knows no framework: `signResponses` and `createSignedSender` build on it.
 *
 *     const signAnswer = createAnswerSigner({ key })
 *     const { status, headers, body } = await signAnswer({ status: 200, headers: [], body }, verified.message)
 *
 * An answer that says nothing of caches gets `Cache-Control: no-store`: it is signed for one request, and a
 * cache would give it to another.
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type.
 */
export function createAnswerSigner(options: ResponseSigningOptions): AnswerSigner {
  const { key, clock = Date.now, digestAlgorithms: digests, tag, label } = checkOptions(options)
  const fields = [...new Set([...coveredFields, ...(options.coveredWhenPresent ?? [])])]
  return async (answer, request) => {
    const body = emptyStatuses.has(answer.status) || request.method === 'HEAD' ? null : answer.body
    const lines = await describeBody(answer.headers, body, digests)
    const message = createResponseMessage({ status: answer.status, headers: lines, request })
    const signed = await sign(message, key, {
      components: coveredComponents(message, request, fields),
      parameters: {
        created: Math.floor(clock() / 1000),
        alg: key.algorithm,
        keyid: key.keyId,
        ...(tag === undefined ? {} : { tag }),
      },
      ...(label === undefined ? {} : { label }),
    })
    return { status: answer.status, headers: appendSignature(lines, signed), body, base: signed.base }
  }
}

/** The field lines with the digest of this body, and with no other digest. */
async function describeBody(
  headers: Iterable<FieldLine>,
  body: Bytes | null,
  algorithms?: readonly HashName[],
): Promise<readonly FieldLine[]> {
  const lines = Array.from(headers).filter(([name]) => name.toLowerCase() !== 'content-digest')
  if (body !== null && body.length > 0) lines.push(['content-digest', await createContentDigest(body, algorithms)])
  if (!lines.some(([name]) => name.toLowerCase() === 'cache-control')) lines.push(['cache-control', 'no-store'])
  return lines
}

function coveredComponents(
  message: ResponseMessage,
  request: RequestMessage,
  fields: readonly string[],
): readonly (string | ComponentIdentifier)[] {
  const present = ['content-digest', ...fields].filter((name) => message.headers.has(name))
  return ['@status', ...present, ...requestComponents(request)]
}

function checkOptions(options: ResponseSigningOptions): ResponseSigningOptions {
  refuseUnknownOptions('signing responses', options, Object.keys(knownOptions))
  const { key, coveredWhenPresent = [], tag, digestAlgorithms: digests = ['sha-256'] } = options
  if (typeof key?.sign !== 'function' || typeof key.keyId !== 'string') {
    throw new TypeError('signing responses needs { key }: make one with importSigningKey() or generateKey()')
  }
  if (digests.length === 0 || !digests.every((name) => digestAlgorithms.includes(name))) {
    throw new TypeError('digestAlgorithms must be sha-256, sha-512 or both')
  }
  if (coveredWhenPresent.some((name) => name.startsWith('@'))) {
    throw new TypeError('coveredWhenPresent takes names of fields: @status is always covered')
  }
  try {
    createSignatureInput(coveredWhenPresent, tag === undefined ? {} : { tag })
  } catch (cause) {
    throw new TypeError(`coveredWhenPresent and tag: ${(cause as Error).message}`, { cause })
  }
  return Object.freeze({ ...options })
}
