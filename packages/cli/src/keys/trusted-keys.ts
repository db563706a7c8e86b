import type { TrustedKey } from '@countersign/verifier'
import { failure, reasonOf, usageFailure } from '../failure.ts'
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
      world.stderr.write(`warning: ${place} is left out: ${reasonOf(error)}\n`)
    }
  }
  if (keys.length === 0) throw failure(`${given.place} has no key that can verify`)
  return keys
}

async function trustedKey(material: KeyMaterial, options: KeyOptions = {}): Promise<TrustedKey> {
  const key = await verifyingKeyOf(await namedKey(material, options))
  const { nbf, exp, revoked = false } = material.jwk ?? {}
  // What is no time is refused by the verifier. An object revokes too, as in OpenID Federation.
  return {
    key,
    notBefore: nbf as number | undefined,
    notAfter: exp as number | undefined,
    revoked: revoked !== false,
  }
}
