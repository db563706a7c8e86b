import { signRequest } from '@countersign/client'
import { isSignatureError } from '@countersign/core'
import { createMemoryReplayStore, createVerifier, protect, type Verifier } from '@countersign/verifier'
import { missingFor, signingKeyOf, verifyingKeyOf } from '../algorithms.ts'
import { expectEqual, type Recorder, thrownBy } from '../recorder.ts'
import { signSamples, verifySamples } from '../samples.ts'
import type { SuiteTask, TaskKey } from '../task.ts'

const origin = 'https://bank.example'
const body = '{"to":"b\u00f6b"}'

/** A verifier with a store in memory, inside the runtime. */
export async function verifierTests(recorder: Recorder, task: SuiteTask): Promise<void> {
  const { keys, capabilities } = task
  for (const key of keys.filter(({ algorithm }) => missingFor(algorithm, capabilities) === undefined)) {
    const { algorithm } = key
    await recorder.test(`${algorithm}: a verifier lets a message in once, and not with a bit changed`, async () => {
      const [now, nonce] = [1_800_000_000, 'a-nonce-of-the-suite']
      const samples = await signSamples({ kind: 'sign', keys, algorithms: [algorithm], now, nonce })
      const verdicts = await verifySamples({ kind: 'verify', keys, samples, now })
      expectEqual(verdicts, [{ accepted: true }], 'verdicts')
    })
    const name = `${algorithm}: createVerifier takes a Request in, once`
    if (capabilities.fetch) await recorder.test(name, () => verifiesRequest(key))
    else recorder.skip(name, 'no fetch')
  }
}

async function verifiesRequest(key: TaskKey): Promise<void> {
  const verify = createVerifier({
    keys: [await verifyingKeyOf(key)],
    replayStore: createMemoryReplayStore({ startsFresh: true }),
    origin,
  })
  const unsigned = new Request(`${origin}/transfers?a=%20`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const { request } = await signRequest(unsigned, { key: await signingKeyOf(key) })
  const copies = [request.clone(), request.clone(), request.clone()] as const
  const altered = new Request(`${origin}/transfers?a=%21`, { method: 'POST', headers: request.headers, body })
  expectEqual(await codeOf(verify, altered), 'invalid_signature', 'another query')
  const verified = await verify(copies[0])
  expectEqual([verified.keyId, verified.json()], [key.keyId, { to: 'b\u00f6b' }], 'what was verified')
  expectEqual(await codeOf(verify, copies[1]), 'replayed', 'the second time')
  const response = await protect(verify, () => new Response('let in'))(copies[2])
  const problem = JSON.parse(await response.text())
  expectEqual([response.status, problem.type], [401, 'urn:countersign:problem:replayed'], 'the answer')
}

async function codeOf(verify: Verifier, request: Request): Promise<string> {
  const error = await thrownBy(() => verify(request))
  if (error === undefined) return 'accepted'
  if (isSignatureError(error)) return error.code
  throw error
}
