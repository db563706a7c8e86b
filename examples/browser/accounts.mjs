import { randomUUID } from 'node:crypto'
import { ecdsaP256Sha256, ed25519, importVerifyingKey, jwkThumbprint } from '@countersign/core'

/**
 * @typedef {object} Account
 * @property {string} name also the principal of its keys: a nonce is good once for each account
 * @property {number} balance
 * @property {number} keyCount
 */

/** Whoever can open the page gets an account, so both are bounded. */
const maxAccounts = 1000
const maxKeysOfAccount = 8

/** What `openKeyStore` makes, by the type of the key. */
const algorithms = { OKP: ed25519, EC: ecdsaP256Sha256 }

/** Accounts, the sessions that they belong to, and the public keys that may use them. All of it ends with the process. */
export function createAccounts() {
  /** @type {Map<string, Account>} */
  const bySession = new Map()
  /** @type {Map<string, Account>} */
  const byName = new Map()
  /** @type {Map<string, import('@countersign/verifier').TrustedKey>} */
  const trustedKeys = new Map()

  return {
    /** @returns {string | undefined} the session of a new account, or undefined when there is no room */
    open() {
      if (bySession.size >= maxAccounts) return undefined
      const [session, name] = [randomUUID(), randomUUID()]
      const account = { name, balance: 1000, keyCount: 0 }
      bySession.set(session, account)
      byName.set(name, account)
      return session
    },

    /** @param {string} session */
    ofSession: (session) => bySession.get(session),

    /** @param {string} name */
    named: (name) => byName.get(name),

    /** The option `keys` of the verifier. A keyid is looked up, and nothing else. */
    trustedKey: (keyId) => trustedKeys.get(keyId),

    /**
     * Lets a public key use an account. The same key twice is no mistake: an answer may have been lost.
     *
     * @param {Account} account
     * @param {JsonWebKey} jwk
     * @returns {Promise<string | undefined>} the keyid, or undefined where the key cannot be taken
     * @throws where the JWK is none, or too weak
     */
    async enrol(account, jwk) {
      const keyId = await jwkThumbprint(jwk) // computed, never believed
      const key = await importVerifyingKey(algorithms[jwk.kty], { jwk }, { keyId })
      const known = trustedKeys.get(keyId)
      if (known !== undefined) return known.principal === account.name ? keyId : undefined
      if (account.keyCount >= maxKeysOfAccount) return undefined
      account.keyCount += 1
      trustedKeys.set(keyId, { key, principal: account.name })
      return keyId
    },
  }
}
