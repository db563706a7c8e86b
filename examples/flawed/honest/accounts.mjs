import { ecdsaP256Sha256, ed25519, generateKey, hmacSha256, importVerifyingKey } from '@countersign/core'

const algorithms = { 'hmac-sha256': hmacSha256, ed25519, 'ecdsa-p256-sha256': ecdsaP256Sha256 }

/**
 * Makes a key for each name: what its owner keeps, and what the server holds.
 *
 * @param {readonly string[]} keyIds
 * @param {keyof typeof algorithms} [algorithm]
 */
export async function createAccounts(keyIds, algorithm = 'hmac-sha256') {
  const made = await Promise.all(keyIds.map((keyId) => createKey(algorithms[algorithm], keyId)))
  return { privateJwks: made.map(({ privateJwk }) => privateJwk), keys: new Map(made.map(({ entry }) => entry)) }
}

async function createKey(algorithm, keyId) {
  const { privateJwk, publicJwk } = await generateKey(algorithm, { keyId, extractable: true })
  const jwk = publicJwk ?? privateJwk
  return { privateJwk, entry: [keyId, { jwk, verifying: await importVerifyingKey(algorithm, { jwk }, { keyId }) }] }
}
