import { ed25519, generateKey, hmacSha256, importSigningKey, importVerifyingKey } from '@countersign/core'

/**
 * Alice signs on two devices. Her laptop shares a secret with the bank (HMAC). Her phone made an
 * Ed25519 key pair: the bank has the public key alone, and could not sign in her name.
 *
 * @returns what each side holds
 */
export async function createAliceKeys() {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const keyId = 'alice-laptop'
  const laptop = await importSigningKey(hmacSha256, { secret }, { keyId })
  const phone = await generateKey(ed25519, { keyId: 'alice-phone' })
  return {
    laptop,
    phone: phone.signingKey,
    bankKeys: [await importVerifyingKey(hmacSha256, { secret }, { keyId }), phone.verifyingKey],
  }
}

/**
 * What a forger can make: a key of any name, but not with Alice's secret.
 *
 * @param {string} keyId
 */
export async function createForgedKey(keyId) {
  return importSigningKey(hmacSha256, { secret: crypto.getRandomValues(new Uint8Array(32)) }, { keyId })
}
