import { digest, encodeBase64Url, encodeUtf8, isPending, type MaybePromise } from '@countersign/core'

/**
 * Hashes length-prefixed parts, so that ("a:b", "c") and ("a", "b:c") differ. 16 bytes of SHA-256: two
 * honest nonces meet with a chance of 2^-64 after four billion of them, and then one is refused.
 */
export function claimKey(scope: string, principal: string, nonce: string): MaybePromise<string> {
  const text = `${scope.length}:${scope}${principal.length}:${principal}${nonce.length}:${nonce}`
  const hash = digest('sha-256', encodeUtf8(text))
  return isPending(hash) ? hash.then(keyOf) : keyOf(hash)
}

function keyOf(hash: Uint8Array): string {
  return encodeBase64Url(hash.subarray(0, 16))
}

/** 16 bytes instead of 22 characters. @throws TypeError for a key that is none: a mistake of the caller. */
export function keyBytes(key: string): Uint8Array {
  if (!/^[\w-]{22}$/.test(key)) throw new TypeError('the key of a claim has 22 characters of base64url')
  const binary = atob(key.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
