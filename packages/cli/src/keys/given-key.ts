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
import { notice } from '../terminal/notice.ts'
import type { World } from '../world.ts'
import { algorithmNamed, algorithmOfJwk } from './algorithms.ts'
import { type DatedJwk, type KeyMaterial, readMaterial } from './key-material.ts'
import { readKeyText } from './key-text.ts'

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
  return namedKey(readMaterial(await readKeyText(options.key, world)), options)
}

/** A key with its name and its algorithm. @throws CommandFailure when nothing tells them. */
export async function namedKey(material: KeyMaterial, options: KeyOptions = {}): Promise<GivenKey> {
  const { source, jwk, publicJwk, place } = material
  const algorithm = options.algorithm === undefined ? algorithmOf(material) : algorithmNamed(options.algorithm)
  const keyId = options.keyId ?? kidOf(jwk) ?? (publicJwk && (await jwkThumbprint(publicJwk)))
  if (keyId === undefined) throw usageFailure(`${place} has no name: pass --key-id NAME`)
  return { algorithm, keyId, source, publicJwk: publicJwk && { ...publicJwk, kid: keyId } }
}

/** The key, to sign with. @throws CommandFailure when it is unfit. */
export async function readSigningKey(options: KeyOptions, world: World): Promise<SigningKey> {
  const material = readMaterial(await readKeyText(options.key, world))
  const { algorithm, source, keyId } = await namedKey(material, options)
  warnOfValidity(material, world)
  try {
    return await importSigningKey(algorithm, source, { keyId })
  } catch (error) {
    throw failureOf('the key is unfit', error)
  }
}

/** Signing is no verification: the key is used, and whoever waits for a good answer is told. */
function warnOfValidity({ jwk, place }: KeyMaterial, world: World): void {
  const { nbf, exp } = jwk ?? {}
  const now = world.clock() / 1000
  if (typeof exp === 'number' && exp < now) notice('warning', `${place} is past its exp: servers refuse it`, world)
  if (typeof nbf === 'number' && nbf > now) notice('warning', `${place} is before its nbf: servers refuse it`, world)
}

/** A key, to verify with. @throws CommandFailure when it is unfit. */
export async function verifyingKeyOf({ algorithm, keyId, source, publicJwk }: GivenKey): Promise<VerifyingKey> {
  try {
    // A private key verifies too: by its public half.
    return await importVerifyingKey(algorithm, publicJwk === undefined ? source : { jwk: publicJwk }, { keyId })
  } catch (error) {
    throw failureOf('the key is unfit', error)
  }
}

function kidOf(jwk: DatedJwk | undefined): string | undefined {
  return typeof jwk?.kid === 'string' ? jwk.kid : undefined
}

function algorithmOf({ jwk, publicJwk, place }: KeyMaterial): SignatureAlgorithm {
  const known = jwk ?? publicJwk
  const algorithm = algorithmOfJwk(known ?? { kty: 'oct' })
  if (algorithm !== undefined) return algorithm
  if (known?.kty !== 'RSA') throw failure(`${place} is of a kind that no algorithm of RFC 9421 takes`)
  throw usageFailure(`${place} is an RSA key: say what for, --algorithm rsa-pss-sha512 or --algorithm rsa-v1_5-sha256`)
}
