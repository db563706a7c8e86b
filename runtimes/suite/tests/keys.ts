import {
  encodeUtf8,
  generateKey,
  importSigningKey,
  importVerifyingKey,
  jwkThumbprint,
  signatureAlgorithms,
} from '@countersign/core'
import { parseItem } from '@countersign/core/structured-fields'
import { missingFor, signingKeyOf, verifyingKeyOf } from '../algorithms.ts'
import { expectEqual, expectTypeError, type Recorder } from '../recorder.ts'
import type { SuiteTask, TaskKey } from '../task.ts'

const text = encodeUtf8('"@signature-params": ();created=1;keyid="b\u00f6b"')

/** Keys of all six algorithms: import, signing, verifying, making. */
export async function keyTests(recorder: Recorder, task: SuiteTask): Promise<void> {
  for (const key of task.keys) {
    const { algorithm } = key
    const missing = missingFor(algorithm, task.capabilities)
    if (missing !== undefined) {
      await recorder.test(`${algorithm}: a key is refused with a TypeError where the platform has not got it`, () =>
        refusesKey(key, missing),
      )
      continue
    }
    await recorder.test(`${algorithm}: signs and verifies with keys from a JWK`, () => signsAndVerifies(key))
    await recorder.test(`${algorithm}: verifies what another implementation signed`, () => verifiesReferee(key))
    if (key.privatePem !== undefined) {
      await recorder.test(`${algorithm}: signs and verifies with keys from a PEM`, () => worksWithPem(key))
      await recorder.test(`${algorithm}: has the thumbprint of RFC 7638`, async () => {
        expectEqual(await jwkThumbprint(key.publicJwk ?? {}), key.thumbprint, 'the thumbprint')
      })
    }
    await recorder.test(`${algorithm}: makes a key, or says why it cannot`, () => generates(key, task))
  }
}

async function signsAndVerifies(key: TaskKey): Promise<void> {
  const signature = new Uint8Array(await (await signingKeyOf(key)).sign(text))
  const verifying = await verifyingKeyOf(key)
  expectEqual(await verifying.verify(text, signature), true, 'verified')
  signature[3] = (signature[3] as number) ^ 1
  expectEqual(await verifying.verify(text, signature), false, 'verified with one bit changed')
  expectEqual(await verifying.verify(text, signature.slice(1)), false, 'verified without a byte')
}

async function verifiesReferee(key: TaskKey): Promise<void> {
  const verifying = await verifyingKeyOf(key)
  const { value } = parseItem(`:${key.signature}:`)
  const signature = new Uint8Array(value.value as Uint8Array)
  expectEqual(await verifying.verify(encodeUtf8(key.refereeBase), signature), true, 'verified')
  expectEqual(await verifying.verify(encodeUtf8(`${key.refereeBase} `), signature), false, 'verified another text')
}

async function worksWithPem({ algorithm, keyId, privatePem = '', publicPem = '' }: TaskKey): Promise<void> {
  const signing = await importSigningKey(signatureAlgorithms[algorithm], { pem: privatePem }, { keyId })
  const verifying = await importVerifyingKey(signatureAlgorithms[algorithm], { pem: publicPem }, { keyId })
  const signature = new Uint8Array(await signing.sign(text))
  expectEqual(await verifying.verify(text, signature), true, 'verified')
}

async function generates({ algorithm }: TaskKey, { capabilities }: SuiteTask): Promise<void> {
  if (!capabilities.subtle) return expectTypeError(() => generateKey(signatureAlgorithms[algorithm]), 'no WebCrypto')
  // RSA keys take a second to make, which is the platform's affair: one size is enough.
  const { signingKey, verifyingKey, publicJwk, keyId } = await generateKey(signatureAlgorithms[algorithm])
  const signature = new Uint8Array(await signingKey.sign(text))
  expectEqual(await verifyingKey.verify(text, signature), true, 'verified')
  if (publicJwk !== undefined) expectEqual(await jwkThumbprint(publicJwk), keyId, 'the key id')
}

/** When the key is made, never at the first request. */
async function refusesKey(key: TaskKey, missing: 'curves' | 'rsa'): Promise<void> {
  const part = missing === 'curves' ? '@noble/curves' : 'needs WebCrypto'
  await expectTypeError(() => signingKeyOf(key), part)
  await expectTypeError(() => verifyingKeyOf(key), part)
}
