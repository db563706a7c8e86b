import {
  type ComponentIdentifier,
  type RequestMessage,
  requestMessageOf,
  type SignatureParameters,
  type SigningKey,
  sign,
} from '@countersign/core'
import type { BodyOptions, Hop } from './body/hop.ts'
import { readHop } from './body/read-hop.ts'
import { cacheModeOf } from './platform.ts'
import { profileComponents } from './profile-components.ts'
import { randomId } from './random-id.ts'

/** How requests are signed. */
export interface SigningProfile extends BodyOptions {
  /** The key that signs. Its `keyId` goes over the wire. */
  readonly key: SigningKey
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
  /** At least 16 random bytes, fresh at each call, for the nonce. @default the secure random source of the platform */
  readonly random?: () => Uint8Array
  /** Seconds from `created` to `expires`; `false` leaves `expires` out. @default 60 */
  readonly expiresAfterSeconds?: number | false
  /** Components that are covered beside those of the default profile. Each must be in every request. @default [] */
  readonly components?: readonly (string | ComponentIdentifier)[]
  /** The `tag` parameter, where the server asks for one. @default none */
  readonly tag?: string
  /** Names the signature within the message. @default 'sig1' */
  readonly label?: string
}

/** A request that is ready to be sent, once. */
export interface SignedRequest {
  /** The request with its signature. */
  readonly request: Request
  /** The text that was signed. It holds the values of all covered components: keep it out of logs. */
  readonly base: string
}

/** What a signature is about to say of a message. */
export interface SignaturePlan {
  /** Names the signature within the message. */
  readonly label: string
  /** The covered components, in this order. */
  readonly components: readonly (string | ComponentIdentifier)[]
  /** Written in the order in which the object lists them. */
  readonly parameters: SignatureParameters
}

/** How one hop is signed and sent, beside the profile. */
export interface HopOptions {
  /** Changes what is about to be signed. @default nothing is changed */
  readonly revise?: ((plan: SignaturePlan) => SignaturePlan) | undefined
  /** @default that of the request */
  readonly redirect?: RequestRedirect
}

/** What became of one hop. */
export interface SignedHop extends SignedRequest {
  /** What was signed, without the signature. */
  readonly message: RequestMessage
  /** What the signature says. */
  readonly plan: SignaturePlan
}

/**
 * Signs a Fetch API `Request` by the default profile, and reads its body to do so.
 *
 * @throws TypeError when the request carries a signature already, or its body was read.
 * @throws SignatureError when a component that shall be covered is missing or cannot be canonicalized.
 */
export async function signRequest(request: Request, profile: SigningProfile): Promise<SignedRequest> {
  const signed = await signHop(await readHop(request, undefined, profile), profile)
  return { request: signed.request, base: signed.base }
}

/** Signs a hop, as often as it is sent: each time with a nonce and a time of its own. */
export async function signHop(hop: Hop, profile: SigningProfile, options: HopOptions = {}): Promise<SignedHop> {
  const { content, contentDigest } = hop
  const headers = new Headers(hop.request.headers)
  if (headers.has('signature') || headers.has('signature-input')) {
    throw new TypeError('the request carries Signature or Signature-Input already: pass it to a plain fetch instead')
  }
  if (contentDigest !== undefined) headers.set('content-digest', contentDigest)
  const message = requestMessageOf({ method: hop.request.method, url: hop.request.url, headers })
  const own: SignaturePlan = {
    label: profile.label ?? 'sig1',
    components: coveredComponents(headers, contentDigest !== undefined, profile),
    parameters: signatureParameters(profile),
  }
  const plan = options.revise?.(own) ?? own
  const signed = await sign(message, profile.key, plan)
  headers.set('signature-input', signed.signatureInput)
  headers.set('signature', signed.signature)
  const request = new Request(hop.request, {
    headers,
    ...(content === undefined ? {} : { body: content }),
    ...(options.redirect === undefined ? {} : { redirect: options.redirect }),
    ...cacheModeOf(hop.request),
  })
  return { request, base: signed.base, message, plan }
}

/** A Set, since what an application adds may be covered already. */
function coveredComponents(
  headers: Headers,
  hasContent: boolean,
  profile: SigningProfile,
): readonly (string | ComponentIdentifier)[] {
  return [...new Set([...profileComponents((name) => headers.has(name), hasContent), ...(profile.components ?? [])])]
}

/** In the order that every library we know of keeps. */
function signatureParameters(profile: SigningProfile): SignatureParameters {
  const { key, clock = Date.now, expiresAfterSeconds = 60 } = profile
  const created = Math.floor(clock() / 1000)
  return {
    created,
    ...(expiresAfterSeconds === false ? {} : { expires: created + expiresAfterSeconds }),
    nonce: randomId(profile.random),
    alg: key.algorithm,
    keyid: key.keyId,
    ...(profile.tag === undefined ? {} : { tag: profile.tag }),
  }
}
