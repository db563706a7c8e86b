import { SignatureError, type VerifyingKey } from '@countersign/core'
import type { TrustedKey } from '@countersign/verifier'
import { failure, reasonOf, usageFailure } from '../failure.ts'
import { notice } from '../terminal/notice.ts'
import type { World } from '../world.ts'
import { type KeyOptions, namedKey, verifyingKeyOf } from './given-key.ts'
import { type KeyMaterial, materialOfJwk, membersOf, readMaterial } from './key-material.ts'
import { readKeyText } from './key-text.ts'

/**
 * Reads the keys that a verifier trusts: one key, or a JWK Set (RFC 7517 5). `nbf`, `exp` and `revoked` of a JWK are its
 * validity, as in a remote set.
 *
 * @throws CommandFailure when there is none that can verify. One of a set that cannot is left out, and told.
 */
export async function readTrustedKeys(options: KeyOptions, world: World): Promise<readonly TrustedKey[]> {
  const given = await readKeyText(options.key, world)
  const members = membersOf(given)
  if (members === undefined) return [await trustedKey(readMaterial(given), options)]
  if (options.keyId !== undefined || options.algorithm !== undefined) {
    throw usageFailure(`${given.place} is a set of keys, which say their own names: leave out --key-id and --algorithm`)
  }
  const keys: TrustedKey[] = []
  for (const [index, member] of members.entries()) {
    const place = `key ${index} of ${given.place}`
    try {
      keys.push(await trustedKey(materialOfJwk(member, place)))
    } catch (error) {
      notice('warning', `${place} is left out: ${reasonOf(error)}`, world)
    }
  }
  if (keys.length === 0) throw failure(`${given.place} has no key that can verify`)
  if (new Set(keys.map(({ key }) => key.keyId)).size === keys.length) return keys
  throw failure(`${given.place} has two keys of one name: give each its own kid`)
}

/**
 * The key of a name, for verifiers that know nothing of validity.
 *
 * @throws SignatureError `inactive_key` when it is not trusted now. Both edges belong to its validity.
 */
export function activeKey(keys: readonly TrustedKey[], keyId: string, clock: () => number): VerifyingKey | undefined {
  const trusted = keys.find(({ key }) => key.keyId === keyId)
  if (trusted === undefined) return undefined
  const { key, revoked, notBefore = 0, notAfter = Number.POSITIVE_INFINITY } = trusted
  const now = Math.floor(clock() / 1000)
  if (revoked === true) throw new SignatureError('inactive_key', 'it is revoked')
  if (now < notBefore) throw new SignatureError('inactive_key', 'its notBefore is to come')
  if (now > notAfter) throw new SignatureError('inactive_key', 'its notAfter is past')
  return key
}

async function trustedKey(material: KeyMaterial, options: KeyOptions = {}): Promise<TrustedKey> {
  const key = await verifyingKeyOf(await namedKey(material, options))
  const { nbf, exp, revoked = false } = material.jwk ?? {}
  return {
    key,
    notBefore: timeOf('nbf', nbf, material),
    notAfter: timeOf('exp', exp, material),
    // An object revokes too, as in OpenID Federation.
    revoked: revoked !== false,
  }
}

/** The end of the year 9999. What is later was meant in milliseconds. */
const lastSecond = 253_402_300_799

function timeOf(name: string, value: unknown, { place }: KeyMaterial): number | undefined {
  if (value === undefined) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= lastSecond) return value as number
  throw failure(`${name} of ${place} must be a whole number of Unix seconds, not milliseconds`)
}
