import { type Bytes, equalBytes } from './bytes.ts'
import type { HashName } from './crypto/backend.ts'
import { digest } from './crypto/platform.ts'
import { SignatureError } from './errors.ts'
import { noParameters, parseDictionary, refuseDuplicates } from './structured-fields/parse.ts'
import { serializeDictionary } from './structured-fields/serialize.ts'
import { type Dictionary, isInnerList, type Member } from './structured-fields/types.ts'

/** The active algorithms of RFC 9530 section 5. The deprecated ones are never made and never believed. */
export const digestAlgorithms: readonly HashName[] = /* @__PURE__ */ Object.freeze(['sha-256', 'sha-512'])

/**
 * Makes the value of a Content-Digest field (RFC 9530 section 2).
 *
 * @param content the bytes that go over the wire, after any content coding.
 * @param algorithms one member each, in this order. @default ['sha-256']
 */
export async function createContentDigest(
  content: Bytes,
  algorithms: readonly HashName[] = ['sha-256'],
): Promise<string> {
  const members = new Map<string, Member>()
  for (const algorithm of algorithms) {
    if (!digestAlgorithms.includes(algorithm)) throw new TypeError('the digest algorithm must be sha-256 or sha-512')
    members.set(algorithm, {
      value: { type: 'binary', value: await digest(algorithm, content) },
      parameters: noParameters,
    })
  }
  return serializeDictionary(members)
}

/**
 * Checks a body against the value of its Content-Digest field. Every digest of an active algorithm must
 * match; at least one must be there.
 *
 * @throws SignatureError `malformed_digest`, `unsupported_digest` or `digest_mismatch`
 */
export async function verifyContentDigest(field: string, content: Bytes): Promise<void> {
  const members = parseContentDigest(field)
  let checked = 0
  for (const algorithm of digestAlgorithms) {
    const expected = members.get(algorithm)
    if (expected === undefined) continue
    if (isInnerList(expected) || expected.value.type !== 'binary')
      throw new SignatureError('malformed_digest', algorithm)
    if (!equalBytes(expected.value.value, await digest(algorithm, content))) throw new SignatureError('digest_mismatch')
    checked++
  }
  if (checked === 0) throw new SignatureError('unsupported_digest')
}

function parseContentDigest(field: string): Dictionary {
  try {
    return parseDictionary(field, refuseDuplicates)
  } catch (cause) {
    throw new SignatureError('malformed_digest', '', { cause })
  }
}
