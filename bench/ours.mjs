/** Countersign, by its public interface: a message of method, URL, header pairs and bytes in, and the answer out. */
import { createContentDigest, createRequestMessage, sign } from '@countersign/core'
import { createMemoryReplayStore, createMessageVerifier } from '@countersign/verifier'
import {
  components,
  freshParameters,
  must,
  mustRefuse,
  origin,
  plainHeaders,
  signedRequests,
  tampered,
  url,
} from './message.mjs'

/** @returns {import('./rounds.mjs').Contestant} */
export function ourSigner({ alg, body, keys }) {
  const key = keys[alg].signing
  const prepare = (count) =>
    Array.from({ length: count }, () => ({ headers: plainHeaders(body), parameters: freshParameters(alg) }))
  const run = async ({ headers, parameters }) => {
    headers.push(['Content-Digest', await createContentDigest(body)])
    const signed = await sign(createRequestMessage({ method: 'POST', url, headers }), key, { components, parameters })
    headers.push(['Signature-Input', signed.signatureInput], ['Signature', signed.signature])
    return headers
  }
  const check = async () => {
    const verify = verifierOf(keys[alg].verifying)
    const [input] = prepare(1)
    const request = { ...requestOf(await run(input)), body }
    must((await verify(request)).keyId, 'what we sign does not verify')
    await mustRefuse('countersign', () => verify(tampered(request)))
  }
  return { name: 'countersign', prepare, run, check }
}

/** @returns {import('./rounds.mjs').Contestant} */
export function ourVerifier({ alg, body, keys }, { name = 'countersign', replayStore } = {}) {
  const verify = verifierOf(keys[alg].verifying, replayStore)
  const prepare = async (count) => {
    const requests = await signedRequests(count, { alg, key: keys[alg].signing, body })
    return requests.map(({ headers }) => ({ ...requestOf(headers), body }))
  }
  const check = async () => {
    const [request, other] = await prepare(2)
    must((await verify(request)).keyId, 'what we sign does not verify')
    if (replayStore !== undefined) await mustRefuse(name, () => verify(request))
    await mustRefuse(name, () => verify(tampered(other)))
  }
  return { name, prepare, run: verify, check }
}

/** With the claim of each nonce in the memory of this process. */
export function ourClaimingVerifier(work) {
  const room = { maxEntries: 20_000_000, maxEntriesPerPrincipal: 20_000_000 }
  const replayStore = createMemoryReplayStore({ startsFresh: true, ...room })
  return ourVerifier(work, { name: 'countersign, memory claim', replayStore })
}

function verifierOf(key, replayStore = 'freshness-only') {
  const unsafe = replayStore === 'freshness-only' ? { dangerouslyAllowReplayOfUnsafeMethods: true } : {}
  return createMessageVerifier({ keys: [key], origin, replayStore, ...unsafe })
}

function requestOf(headers) {
  return { method: 'POST', target: url.slice(origin.length), headers, source: undefined }
}
