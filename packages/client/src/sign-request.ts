import {
  type Bytes,
  type ComponentIdentifier,
  createContentDigest,
  type HashName,
  requestMessageOf,
  type SigningKey,
  sign,
} from '@countersign/core'
import { v4 as uuid } from 'uuid'
import { readBody } from './body.ts'

/** How requests are signed. */
export interface SigningProfile {
  /** The key that signs. Its `keyId` goes over the wire. */
  readonly key: SigningKey
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
  /** At least 16 random bytes, fresh at each call, for the nonce. @default the secure random source of the platform */
  readonly random?: () => Uint8Array
  /** Seconds from `created` to `expires`; `false` leaves `expires` out. @default 60 */
  readonly expiresAfterSeconds?: number | false
  /** Of Content-Digest, in this order. @default ['sha-256'] */
  readonly digestAlgorithms?: readonly HashName[]
  /** Components that are covered beside those of the default profile. Each must be in every request. @default [] */
  readonly components?: readonly (string | ComponentIdentifier)[]
  /** The `tag` parameter, where the server asks for one. @default none */
  readonly tag?: string
  /** Names the signature within the message. @default 'sig1' */
  readonly label?: string
}

/** A request that is ready to be sent, once. */
export interface SignedRequest {
  readonly request: Request
  /** The text that was signed. It holds the values of all covered components: keep it out of logs. */
  readonly base: string
}

/** What must be signed where it is present, since it changes what a request means or who makes it. */
const coveredWhenPresent = ['authorization', 'idempotency-key'] as const

/** The same of a body. */
const coveredWithBody = ['content-digest', 'content-type', 'content-encoding'] as const

/**
 * Signs a Fetch API `Request` by the default profile, and reads its body to do so.
 *
 * @throws TypeError when the request carries a signature already, or its body was read.
 * @throws SignatureError when a component that shall be covered is missing or cannot be canonicalized.
 */
export async function signRequest(request: Request, profile: SigningProfile): Promise<SignedRequest> {
  return signBody(request, await readBody(request), profile)
}

/** Signs a request whose body was read before. */
export async function signBody(
  request: Request,
  body: Bytes | undefined,
  profile: SigningProfile,
): Promise<SignedRequest> {
  const headers = new Headers(request.headers)
  if (headers.has('signature') || headers.has('signature-input')) {
    throw new TypeError('the request carries Signature or Signature-Input already: pass it to a plain fetch instead')
  }
  const hasContent = body !== undefined && body.length > 0
  if (hasContent) headers.set('content-digest', await createContentDigest(body, profile.digestAlgorithms))
  const message = requestMessageOf({ method: request.method, url: request.url, headers })
  const signed = await sign(message, profile.key, {
    components: coveredComponents(headers, hasContent, profile),
    parameters: signatureParameters(profile),
    ...(profile.label === undefined ? {} : { label: profile.label }),
  })
  headers.set('signature-input', signed.signatureInput)
  headers.set('signature', signed.signature)
  const init: RequestInit = body === undefined ? { headers } : { headers, body }
  return { request: new Request(request, init), base: signed.base }
}

function coveredComponents(
  headers: Headers,
  hasContent: boolean,
  profile: SigningProfile,
): readonly (string | ComponentIdentifier)[] {
  const whenPresent = hasContent ? [...coveredWithBody, ...coveredWhenPresent] : coveredWhenPresent
  const always = ['@method', '@authority', '@path', '@query']
  // A Set, since what an application adds may be covered already.
  return [...new Set([...always, ...whenPresent.filter((name) => headers.has(name)), ...(profile.components ?? [])])]
}

/** In the order that every library we know of keeps. */
function signatureParameters(profile: SigningProfile): Parameters<typeof sign>[2]['parameters'] {
  const { key, clock = Date.now, expiresAfterSeconds = 60 } = profile
  const created = Math.floor(clock() / 1000)
  return {
    created,
    ...(expiresAfterSeconds === false ? {} : { expires: created + expiresAfterSeconds }),
    // uuid needs no secure context, which crypto.randomUUID does.
    nonce: profile.random === undefined ? uuid() : uuid({ random: profile.random() }),
    alg: key.algorithm,
    keyid: key.keyId,
    ...(profile.tag === undefined ? {} : { tag: profile.tag }),
  }
}
