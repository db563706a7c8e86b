import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../../src/algorithms/algorithm.ts'
import {
  ecdsaP256Sha256,
  ecdsaP384Sha384,
  ed25519,
  hmacSha256,
  importVerifyingKey,
  type KeySource,
  rsaPssSha512,
  rsaV15Sha256,
  type VerifyingKey,
} from '../../src/index.ts'
import { describeCorpus } from '../corpora.ts'
import { backendsOf, describeBackends } from './each-backend.ts'

interface Group {
  readonly tagSize?: number
  readonly publicKeyPem?: string
  readonly publicKeyJwk?: JsonWebKey
  readonly keyJwk?: JsonWebKey
  readonly tests: readonly Case[]
}

interface Case {
  readonly tcId: number
  readonly key?: string
  readonly msg: string
  readonly tag?: string
  readonly sig?: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

/** A file of the corpus, and what must come out: the counts are those of the corpus, so that none is left out unseen. */
interface Corpus {
  readonly algorithm: SignatureAlgorithm
  readonly file: string
  readonly cases: number
  readonly valid: number
}

const corpora: readonly Corpus[] = [
  { algorithm: ed25519, file: 'ed25519_test.json', cases: 151, valid: 88 },
  { algorithm: ecdsaP256Sha256, file: 'ecdsa_secp256r1_sha256_p1363_test.json', cases: 262, valid: 173 },
  { algorithm: ecdsaP384Sha384, file: 'ecdsa_secp384r1_sha384_p1363_test.json', cases: 280, valid: 193 },
  { algorithm: rsaPssSha512, file: 'rsa_pss_4096_sha512_mgf1_64_test.json', cases: 179, valid: 132 },
  // One case is "acceptable": a DigestInfo without NULL. RFC 8017 8.2.2 compares with the one encoding that the
  // signer makes (EMSA-PKCS1-v1_5 by RFC 8017 9.2, with NULL), so it is refused here, on every backend.
  { algorithm: rsaV15Sha256, file: 'rsa_signature_2048_sha256_test.json', cases: 259, valid: 9 },
]

function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function groupsOf(folder: string, file: string): readonly Group[] {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')).testGroups
}

/** The forms in which the corpus gives a public key: always a PEM, mostly a JWK too. */
function sourcesOf({ publicKeyPem, publicKeyJwk, keyJwk }: Group): readonly KeySource[] {
  const { kid: _kid, ...jwk } = { ...(publicKeyJwk ?? keyJwk) } as JsonWebKey & { kid?: string }
  return [{ pem: publicKeyPem! }, ...(jwk.kty === undefined ? [] : [{ jwk }])]
}

describeCorpus('wycheproof', (folder) => {
  describe.each(corpora)('$algorithm.name ($cases cases)', ({ algorithm, file, cases, valid }) => {
    describeBackends(backendsOf(algorithm), () => {
      it('accepts what is valid, and nothing else', async () => {
        let seen = 0
        let accepted = 0
        for (const group of groupsOf(folder, file)) {
          const keys = await Promise.all(
            sourcesOf(group).map((source) => importVerifyingKey(algorithm, source, { keyId: 'w' })),
          )
          for (const test of group.tests) {
            seen++
            for (const key of keys) {
              const result = await key.verify(hex(test.msg), hex(test.sig!))
              expect(result, `case ${test.tcId}`).toBe(test.result === 'valid')
            }
            if (test.result === 'valid') accepted++
          }
        }
        expect({ seen, accepted }).toEqual({ seen: cases, accepted: valid })
      })
    })
  })

  describe('hmac-sha256 (174 cases)', () => {
    describeBackends(backendsOf(hmacSha256), () => {
      it('accepts what is valid and whole, and nothing else', async () => {
        let seen = 0
        let accepted = 0
        let short = 0
        for (const group of groupsOf(folder, 'hmac_sha256_test.json')) {
          for (const test of group.tests) {
            seen++
            const key = await importSecret(hex(test.key!))
            if (key === undefined) {
              short++
              continue
            }
            // Truncated tags are no HMAC signatures of RFC 9421 3.3.3.
            const expected = test.result === 'valid' && group.tagSize === 256
            expect(await key.verify(hex(test.msg), hex(test.tag!)), `case ${test.tcId}`).toBe(expected)
            if (expected) accepted++
          }
        }
        expect({ seen, accepted, short }).toEqual({ seen: 174, accepted: 30, short: 6 })
      })
    })
  })
})

/** Secrets under 32 bytes are refused when they are imported. */
async function importSecret(secret: Uint8Array): Promise<VerifyingKey | undefined> {
  if (secret.length >= 32) return importVerifyingKey(hmacSha256, { secret }, { keyId: 'w' })
  await expect(importVerifyingKey(hmacSha256, { secret }, { keyId: 'w' })).rejects.toThrow(TypeError)
  return undefined
}
