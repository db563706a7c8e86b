import { after, type Bytes, encodeBase64, equalBytes, type MaybePromise } from '../bytes.ts'
import type { HashName } from '../crypto/backend.ts'
import { digestBase64 } from '../crypto/platform.ts'
import { SignatureError } from '../errors.ts'
import { parseDictionary, refuseDuplicates } from '../structured-fields/parse.ts'
import { type Dictionary, isInnerList } from '../structured-fields/types.ts'

/** Digests of the same bytes by several algorithms. */
export type Digests = ReadonlyMap<HashName, Uint8Array>

/** The active algorithms of RFC 9530 section 5. The deprecated ones are never made and never believed. */
export const digestAlgorithms: readonly HashName[] = /* @__PURE__ */ Object.freeze(['sha-256', 'sha-512'])

/**
 * Makes the value of a Content-Digest field (RFC 9530 section 2).
 *
 * @param content the bytes that go over the wire, after any content coding.
 * @param algorithms one member each, in this order. @default ['sha-256']
 * @throws TypeError for an algorithm that is not active, or none at all.
 */
export function createContentDigest(content: Bytes, algorithms: readonly HashName[] = ['sha-256']): Promise<string> {
  return digestField(content, algorithms)
}

/**
 * Makes the value of a Repr-Digest field (RFC 9530 section 3).
 *
 * @param representation all bytes of the selected representation, after content coding. They are not the
 * content where that is only a part (206), or absent (the response to HEAD, 304).
 * @param algorithms one member each, in this order. @default ['sha-256']
 * @throws TypeError for an algorithm that is not active, or none at all.
 */
export function createReprDigest(
  representation: Bytes,
  algorithms: readonly HashName[] = ['sha-256'],
): Promise<string> {
  return digestField(representation, algorithms)
}

/**
 * Checks a body against the value of its Content-Digest field. Every digest of an active algorithm must
 * match; at least one must be there.
 *
 * @throws SignatureError `malformed_digest`, `unsupported_digest` or `digest_mismatch`
 */
export async function verifyContentDigest(field: string, content: Bytes): Promise<void> {
  return compareDigests(field, content)
}

/**
 * Does what {@link verifyContentDigest} does, at once where the platform hashes at once, as on Node: a server saves the
 * promise. Then it also throws at once: write `await checkContentDigest(...)`, and no `.catch` behind it.
 */
export function checkContentDigest(field: string, content: Bytes): MaybePromise<void> {
  return compareDigests(field, content)
}

/**
 * Checks a representation against the value of its Repr-Digest field, as {@link verifyContentDigest} does
 * with a body.
 *
 * @param representation all bytes of the selected representation, put together from all its parts.
 * @throws SignatureError `malformed_digest`, `unsupported_digest` or `digest_mismatch`
 */
export async function verifyReprDigest(field: string, representation: Bytes): Promise<void> {
  return compareDigests(field, representation)
}

/**
 * Reads the digests of the active algorithms from an integrity field. A receiver is as strong as the
 * weakest algorithm that it accepts (RFC 9530 6.6), so the others are passed over.
 *
 * @throws SignatureError `malformed_digest` or `unsupported_digest`
 */
export function parseDigests(field: string): Digests {
  const members = parseDigestDictionary(field)
  const digests = new Map<HashName, Uint8Array>()
  for (const algorithm of digestAlgorithms) {
    const member = members.get(algorithm)
    if (member === undefined) continue
    if (isInnerList(member) || member.value.type !== 'binary') throw new SignatureError('malformed_digest', algorithm)
    digests.set(algorithm, member.value.value)
  }
  if (digests.size === 0) throw new SignatureError('unsupported_digest')
  return digests
}

/**
 * Parses any of the four digest fields.
 *
 * @throws SignatureError `malformed_digest`, also for an algorithm that occurs twice: which of the two a
 * receiver checks must not depend on its parser.
 */
export function parseDigestDictionary(field: string): Dictionary {
  try {
    return parseDictionary(field, refuseDuplicates)
  } catch (cause) {
    throw new SignatureError('malformed_digest', '', { cause })
  }
}

/** Serializes digests as an integrity field, in their order. */
export function serializeDigests(digests: Digests): string {
  return Array.from(digests, ([algorithm, value]) => `${algorithm}=:${encodeBase64(value)}:`).join(', ')
}

/** @throws SignatureError `digest_mismatch` unless each stated digest is the actual one. */
export function requireEqualDigests(stated: Digests, actual: Digests): void {
  for (const [algorithm, value] of stated) {
    if (!equalBytes(value, actual.get(algorithm) ?? noBytes)) throw new SignatureError('digest_mismatch')
  }
}

/** @throws TypeError unless all are active algorithms and there is at least one. */
export function requireAlgorithms(algorithms: readonly HashName[]): readonly HashName[] {
  if (algorithms.length > 0 && algorithms.every((algorithm) => digestAlgorithms.includes(algorithm))) return algorithms
  throw new TypeError('the digest algorithms must be sha-256, sha-512 or both')
}

const noBytes: Uint8Array = /* @__PURE__ */ new Uint8Array(0)

async function digestField(bytes: Bytes, algorithms: readonly HashName[]): Promise<string> {
  const [first, ...others] = requireAlgorithms(algorithms)
  if (others.length === 0) return digestMember(first as HashName, bytes)
  return (await Promise.all(Array.from(new Set(algorithms), (name) => digestMember(name, bytes)))).join(', ')
}

function digestMember(algorithm: HashName, bytes: Bytes): MaybePromise<string> {
  return after(digestBase64(algorithm, bytes), (digest) => `${algorithm}=:${digest}:`)
}

/** What nearly every sender writes, one digest in the one form of base64 that we would write too, is compared as text. */
function compareDigests(field: string, bytes: Bytes): MaybePromise<void> {
  if (field.length !== usualLength || !field.startsWith('sha-256=:')) return compareMembers(field, bytes)
  return after(digestBase64('sha-256', bytes), (sha256) =>
    field === `sha-256=:${sha256}:` ? undefined : compareMembers(field, bytes, sha256),
  )
}

/** How long a field is that holds one SHA-256. */
const usualLength = 54

/** @param sha256 the digest of the bytes, where it is at hand. */
async function compareMembers(field: string, bytes: Bytes, sha256?: string): Promise<void> {
  for (const [algorithm, stated] of parseDigests(field)) {
    const known = algorithm === 'sha-256' ? sha256 : undefined
    if (encodeBase64(stated) !== (known ?? (await digestBase64(algorithm, bytes)))) {
      throw new SignatureError('digest_mismatch')
    }
  }
}
