import type { HashName } from '../crypto/backend.ts'
import { SignatureError } from '../errors.ts'
import { noParameters } from '../structured-fields/parse.ts'
import { serializeDictionary } from '../structured-fields/serialize.ts'
import { isInnerList, type Member } from '../structured-fields/types.ts'
import { digestAlgorithms, parseDigestDictionary } from './integrity-fields.ts'

/** How much each algorithm is wanted: 1 the least, 10 the most, 0 not acceptable (RFC 9530 section 4). */
export type DigestWeights = ReadonlyMap<string, number>

/** Characters of a field value. All eight registered algorithms together take fewer than 100. */
const maxFieldLength = 1024

/**
 * Makes the value of a Want-Content-Digest or Want-Repr-Digest field (RFC 9530 section 4).
 *
 *     createWantDigest({ 'sha-512': 3, 'sha-256': 10, sha: 0 })
 *
 * @param weights whole numbers from 0 to 10, written in the order in which the object lists them. An
 * algorithm other than sha-256 and sha-512 can only be declined: a digest that it made would not be believed.
 * @throws TypeError for another weight, another algorithm, or none at all.
 */
export function createWantDigest(weights: Readonly<Record<string, number>>): string {
  const members = new Map<string, Member>()
  for (const [algorithm, weight] of Object.entries(weights)) {
    if (!isWeight(weight)) throw new TypeError('a weight must be a whole number from 0 to 10')
    if (!isActive(algorithm) && (weight > 0 || !/^[a-z*][a-z0-9_\-.*]*$/.test(algorithm))) {
      throw new TypeError('only sha-256 and sha-512 can be wanted; give another registered algorithm the weight 0')
    }
    members.set(algorithm, { value: { type: 'integer', value: weight }, parameters: noParameters })
  }
  if (members.size === 0) throw new TypeError('createWantDigest needs a weight for at least one algorithm')
  return serializeDictionary(members)
}

/**
 * Reads the value of a Want-Content-Digest or Want-Repr-Digest field. The field is only a hint: who
 * receives a malformed one may well ignore it.
 *
 * @throws SignatureError `malformed_digest`, or `limit_exceeded` over 1024 characters
 */
export function parseWantDigest(field: string): DigestWeights {
  if (field.length > maxFieldLength) throw new SignatureError('limit_exceeded', `over ${maxFieldLength} characters`)
  const weights = new Map<string, number>()
  for (const [algorithm, member] of parseDigestDictionary(field)) {
    const weight = isInnerList(member) || member.value.type !== 'integer' ? undefined : member.value.value
    if (!isWeight(weight)) throw new SignatureError('malformed_digest', 'a weight must be an Integer from 0 to 10')
    weights.set(algorithm, weight)
  }
  return weights
}

/**
 * The algorithm for the answer: of sha-256 and sha-512 the one with the higher weight, sha-256 where they
 * are equal.
 *
 * @returns undefined when neither is wanted. The sender may then leave the digest out, or send one all the
 * same (RFC 9530 C.2).
 */
export function chooseDigestAlgorithm(weights: DigestWeights): HashName | undefined {
  let chosen: HashName | undefined
  let best = 0
  for (const algorithm of digestAlgorithms) {
    const weight = weights.get(algorithm) ?? 0
    if (weight > best) {
      chosen = algorithm
      best = weight
    }
  }
  return chosen
}

function isWeight(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 10
}

function isActive(algorithm: string): boolean {
  return (digestAlgorithms as readonly string[]).includes(algorithm)
}
