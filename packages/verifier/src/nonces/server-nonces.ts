import {
  encodeBase64Url,
  encodeUtf8,
  hmacSha256,
  importSigningKey,
  importVerifyingKey,
  type MaybePromise,
  refuseUnknownOptions,
  type SigningKey,
  type VerifyingKey,
} from '@countersign/core'
import { requireWholeNumber } from '../replay/store-options.ts'

/** Nonces that a server issues, so that a signature shows that it was made lately, and for this server. */
export interface ServerNonces {
  /** Issues a nonce for the signatures of one key. It tells nothing of whether that key is known. */
  issue(keyId: string): MaybePromise<string>
  /** Whether a nonce was issued for this key, here, and not too long ago. It does not know whether it was used before. */
  accepts(nonce: string, keyId: string): MaybePromise<boolean>
}

/** A secret of at least 32 random bytes, or the same in base64. */
export type NonceSecret = Uint8Array | string

/** What {@link createServerNonces} is told. */
export interface ServerNoncesOptions {
  /** All servers of one region have the same. Nothing else is done with it. */
  readonly secret?: NonceSecret
  /** Instead of `secret`, to change it: the first issues, all are accepted. */
  readonly secrets?: readonly NonceSecret[]
  /** Servers with another region refuse the nonces of this one. @default '' */
  readonly region?: string
  /** How long a nonce may be used. @default 300 */
  readonly maxAgeSeconds?: number
  /** How far the clocks of the servers of one region may disagree. @default 10 */
  readonly clockSkewSeconds?: number
  /** The time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number
  /** 16 random bytes, fresh at each call. @default the secure random source of the platform */
  readonly random?: () => Uint8Array
}

/** Every option, so that the compiler notices a new one. */
const knownOptions: Readonly<Record<keyof ServerNoncesOptions, true>> = {
  secret: true,
  secrets: true,
  region: true,
  maxAgeSeconds: true,
  clockSkewSeconds: true,
  clock: true,
  random: true,
}

/**
 * The bytes of a nonce: a version, the second of its issue, random bytes, and an HMAC over all that binds it. Together a
 * multiple of three, so that base64url writes each nonce in one way only.
 */
const layout = { version: 1, versionBytes: 1, timeBytes: 5, randomBytes: 16, macBytes: 32 } as const
const headBytes = layout.versionBytes + layout.timeBytes + layout.randomBytes
const nonceLength = ((headBytes + layout.macBytes) / 3) * 4

/**
 * Makes nonces that need no memory: a nonce carries the time of its issue, and an HMAC over that time, the region and the
 * keyid. Whether it was used before is for the replay store.
 *
 *     const verify = createVerifier({ keys, replayStore, origin, nonces: await createServerNonces({ secret }) })
 *
 * @throws TypeError when an option is missing, misspelt or of a wrong type, or a secret is too short.
 */
export async function createServerNonces(options: ServerNoncesOptions): Promise<ServerNonces> {
  refuseUnknownOptions('createServerNonces', options, Object.keys(knownOptions))
  const { region = '', maxAgeSeconds = 300, clockSkewSeconds = 10, clock = Date.now, random = defaultRandom } = options
  if (typeof region !== 'string') throw new TypeError('region must be a text')
  requireWholeNumber('maxAgeSeconds', maxAgeSeconds, 1)
  requireWholeNumber('clockSkewSeconds', clockSkewSeconds, 0)
  const { signer, verifiers } = await importSecrets(options)
  const now = (): number => Math.floor(clock() / 1000)

  async function issue(keyId: string): Promise<string> {
    const head = headOf(now(), random())
    const mac = await signer.sign(boundBytes(region, keyId, head))
    return encodeBase64Url(concatenate(head, mac))
  }

  async function accepts(nonce: string, keyId: string): Promise<boolean> {
    const bytes = decodeNonce(nonce)
    if (bytes === undefined) return false
    const age = now() - issueTimeOf(bytes)
    if (age > maxAgeSeconds || age < -clockSkewSeconds) return false
    const bound = boundBytes(region, keyId, bytes.subarray(0, headBytes))
    // `verify` compares in constant time. Which of the secrets it was is none.
    for (const verifier of verifiers) if (await verifier.verify(bound, bytes.slice(headBytes))) return true
    return false
  }

  return Object.freeze({ issue, accepts })
}

const defaultRandom = (): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(layout.randomBytes))

async function importSecrets({
  secret,
  secrets,
}: ServerNoncesOptions): Promise<{ signer: SigningKey; verifiers: readonly VerifyingKey[] }> {
  if ((secret === undefined) === (secrets === undefined)) {
    throw new TypeError('createServerNonces needs either { secret } or { secrets }: at least 32 random bytes each')
  }
  const all: readonly NonceSecret[] = secrets ?? [secret as NonceSecret]
  const [first] = Array.isArray(all) ? all : []
  if (first === undefined) throw new TypeError('secrets must be a list of at least one: the first issues')
  const named = { keyId: 'server-nonces' }
  return {
    signer: await importSigningKey(hmacSha256, { secret: first }, named),
    verifiers: await Promise.all(all.map((text) => importVerifyingKey(hmacSha256, { secret: text }, named))),
  }
}

function headOf(issuedAt: number, random: Uint8Array): Uint8Array {
  if (random.length !== layout.randomBytes) throw new TypeError(`random must give ${layout.randomBytes} bytes`)
  const head = new Uint8Array(headBytes)
  head[0] = layout.version
  for (let index = 0; index < layout.timeBytes; index++) {
    head[layout.versionBytes + index] = Math.floor(issuedAt / 256 ** (layout.timeBytes - 1 - index)) % 256
  }
  head.set(random, layout.versionBytes + layout.timeBytes)
  return head
}

/** Big-endian Unix seconds. */
function issueTimeOf(bytes: Uint8Array): number {
  const time = bytes.subarray(layout.versionBytes, layout.versionBytes + layout.timeBytes)
  return time.reduce((seconds, byte) => seconds * 256 + byte, 0)
}

/**
 * Length-prefixed, so that no region runs into a keyid. It starts like no signature base, should somebody use the
 * secret for both.
 */
function boundBytes(region: string, keyId: string, head: Uint8Array): Uint8Array<ArrayBuffer> {
  const names = `countersign server nonce ${region.length}:${region}${keyId.length}:${keyId}`
  return concatenate(encodeUtf8(names), head)
}

function decodeNonce(nonce: string): Uint8Array<ArrayBuffer> | undefined {
  if (nonce.length !== nonceLength || !/^[\w-]+$/.test(nonce)) return undefined
  const binary = atob(nonce.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  return bytes[0] === layout.version ? bytes : undefined
}

function concatenate(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(left.length + right.length)
  bytes.set(left)
  bytes.set(right, left.length)
  return bytes
}
