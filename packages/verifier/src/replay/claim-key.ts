import { after, digestText, type MaybePromise } from '@countersign/core'

/**
 * Hashes length-prefixed parts, so that ("a:b", "c") and ("a", "b:c") differ. 16 bytes of SHA-256: two
 * honest nonces meet with a chance of 2^-64 after four billion of them, and then one is refused.
 */
export function claimKey(scope: string, principal: string, nonce: string): MaybePromise<string> {
  const text = `${scope.length}:${scope}${principal.length}:${principal}${nonce.length}:${nonce}`
  return after(digestText('sha-256', text), firstBytes)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The base64url of the first 16 bytes: of its last character only two bits are theirs, and the others are 0. */
function firstBytes(hash: string): string {
  const last = alphabet.indexOf(hash.charAt(21)) & 0b110000
  return hash.slice(0, 21) + alphabet.charAt(last)
}

/** 16 bytes instead of 22 characters. @throws TypeError for a key that is none: a mistake of the caller. */
export function keyBytes(key: string): Uint8Array {
  if (!/^[\w-]{22}$/.test(key)) throw new TypeError('the key of a claim has 22 characters of base64url')
  const binary = atob(key.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
