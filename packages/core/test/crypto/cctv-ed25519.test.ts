import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ed25519, importVerifyingKey, type KeySource, type VerifyingKey } from '../../src/index.ts'
import { describeCorpus } from '../corpora.ts'
import { backends, describeBackends } from './each-backend.ts'

interface Vector {
  readonly number: number
  readonly key: string
  readonly sig: string
  readonly msg: string
  readonly flags: readonly string[] | null
}

function has(vector: Vector, ...flags: readonly string[]): boolean {
  return flags.some((flag) => vector.flags?.includes(flag))
}

/** A public key in each of the forms that import it. */
const forms: Readonly<Record<string, (key: Buffer) => KeySource>> = {
  jwk: (key) => ({ jwk: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') } }),
  pem: (key) => {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key])
    return { pem: `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n` }
  },
}

describeCorpus('cctv-ed25519', (folder) => {
  const vectors: readonly Vector[] = JSON.parse(readFileSync(join(folder, 'ed25519vectors.json'), 'utf8'))

  describe.each(Object.entries(forms))('from %s', (_form, sourceOf) => {
    describeBackends(backends, () => {
      it('refuses every small-order and non-canonical key when it is imported (attack 91)', async () => {
        let refused = 0
        for (const vector of vectors) {
          const key = await importOrUndefined(sourceOf(Buffer.from(vector.key, 'hex')))
          const weak = has(vector, 'low_order_A', 'non_canonical_A')
          expect(key === undefined, `vector ${vector.number}`).toBe(weak)
          if (key === undefined) refused++
        }
        expect({ vectors: vectors.length, refused }).toEqual({ vectors: 914, refused: 526 })
      })

      it('accepts what RFC 8032 without cofactor accepts, with an R that a signer makes, and nothing else', async () => {
        let accepted = 0
        for (const vector of vectors) {
          const key = await importOrUndefined(sourceOf(Buffer.from(vector.key, 'hex')))
          if (key === undefined) continue
          // What is left to be wrong: a part of small order that only a check with the cofactor forgives; an R that
          // has two encodings; and an R of small order, which WebCrypto refuses, but not on every platform.
          const wrong = has(vector, 'low_order_residue', 'non_canonical_R', 'low_order_R')
          const signature = new Uint8Array(Buffer.from(vector.sig, 'hex'))
          const valid = await key.verify(new TextEncoder().encode(vector.msg), signature)
          expect(valid, `vector ${vector.number}`).toBe(!wrong)
          if (valid) accepted++
        }
        expect(accepted).toBe(43)
      })
    })
  })
})

async function importOrUndefined(source: KeySource): Promise<VerifyingKey | undefined> {
  try {
    return await importVerifyingKey(ed25519, source, { keyId: 'c' })
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return undefined
  }
}
