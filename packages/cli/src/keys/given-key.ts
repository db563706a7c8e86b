import { createPublicKey } from 'node:crypto'
import {
  importSigningKey,
  importVerifyingKey,
  jwkThumbprint,
  type KeySource,
  type NamedJwk,
  type SignatureAlgorithm,
  type SigningKey,
  type VerifyingKey,
} from '@countersign/core'
import { failure, failureOf, usageFailure } from '../failure.ts'
import type { World } from '../world.ts'
import { algorithmNamed, algorithmOfJwk } from './algorithms.ts'
import { type KeyText, readKeyText } from './key-text.ts'

/** The options of every command that takes a key. */
export interface KeyOptions {
  readonly key?: string
  readonly keyId?: string
  readonly algorithm?: string
}

/** A key as it was given: what it is, and by which name it goes. */
export interface GivenKey {
  readonly algorithm: SignatureAlgorithm
  readonly keyId: string
  readonly source: KeySource
  /** The public key, for all algorithms but HMAC. */
  readonly publicJwk: NamedJwk | undefined
}

/**
 * Reads the key that the options name: a JWK, a PEM, or an HMAC secret in base64.
 *
 * @throws CommandFailure when there is none, it is none, or it lacks a name or an algorithm.
 */
export async function readKey(options: KeyOptions, world: World): Promise<GivenKey> {
  const given = await readKeyText(options.key, world)
  const { source, jwk, publicJwk } = readSource(given)
  const algorithm =
    options.algorithm === undefined ? guessAlgorithm(given, jwk ?? publicJwk) : algorithmNamed(options.algorithm)
  const keyId = options.keyId ?? jwk?.kid ?? (publicJwk && (await jwkThumbprint(publicJwk)))
  if (keyId === undefined) throw usageFailure(`${given.place} has no name: pass --key-id NAME`)
  return { algorithm, keyId, source, publicJwk: publicJwk && { ...publicJwk, kid: keyId } }
}

/** The key, to sign with. @throws CommandFailure when it is unfit. */
export async function readSigningKey(options: KeyOptions, world: World): Promise<SigningKey> {
  const key = await readKey(options, world)
  return unfit(() => importSigningKey(key.algorithm, key.source, { keyId: key.keyId }))
}

/** The key, to verify with. @throws CommandFailure when it is unfit. */
export async function readVerifyingKey(options: KeyOptions, world: World): Promise<VerifyingKey> {
  const { algorithm, keyId, source, publicJwk } = await readKey(options, world)
  // A private PEM verifies too: by its public half.
  const half = publicJwk === undefined ? source : { jwk: publicJwk }
  return unfit(() => importVerifyingKey(algorithm, half, { keyId }))
}

async function unfit<Key>(importKey: () => Promise<Key>): Promise<Key> {
  try {
    return await importKey()
  } catch (error) {
    throw failureOf('the key is unfit', error)
  }
}

interface ReadSource {
  readonly source: KeySource
  readonly jwk?: NamedJwk
  readonly publicJwk: NamedJwk | undefined
}

function readSource({ text, place }: KeyText): ReadSource {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) {
    const jwk = readJwk(trimmed, place)
    return { source: { jwk }, jwk, publicJwk: publicHalf(jwk) }
  }
  if (trimmed.startsWith('-----BEGIN')) return { source: { pem: trimmed }, publicJwk: publicHalfOfPem(trimmed, place) }
  return { source: { secret: trimmed }, publicJwk: undefined }
}

function readJwk(text: string, place: string): NamedJwk {
  try {
    const jwk: unknown = JSON.parse(text)
    if (typeof (jwk as NamedJwk).kty === 'string') return jwk as NamedJwk
  } catch {
    // JSON.parse quotes what it could not read, and that is a secret.
  }
  throw failure(`${place} is no JWK: it is JSON without "kty", or no JSON at all`)
}

/** The members of a public key, and those that name it (RFC 7517 4, RFC 7518 6, RFC 8037 2). */
const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'kid'] as const

function publicHalf(jwk: NamedJwk): NamedJwk | undefined {
  if (jwk.kty === 'oct') return undefined
  return Object.fromEntries(publicMembers.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])))
}

function publicHalfOfPem(pem: string, place: string): NamedJwk {
  try {
    return createPublicKey(pem).export({ format: 'jwk' }) as NamedJwk
  } catch (error) {
    throw failureOf(`${place} is no PEM of a key`, error)
  }
}

function guessAlgorithm({ place }: KeyText, jwk: NamedJwk | undefined): SignatureAlgorithm {
  const algorithm = algorithmOfJwk(jwk ?? { kty: 'oct' })
  if (algorithm !== undefined) return algorithm
  if (jwk?.kty !== 'RSA') throw failure(`${place} is of a kind that no algorithm of RFC 9421 takes`)
  throw usageFailure(`${place} is an RSA key: say what for, --algorithm rsa-pss-sha512 or --algorithm rsa-v1_5-sha256`)
}
