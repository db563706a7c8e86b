import { SignatureError } from '@countersign/core'
import { homeMadeSteps } from '../honest/home-made-scheme.mjs'

/** Schemes of one's own, with X-API-Signature and the like. */
export const homeMadeFlaws = [
  {
    name: 'home-made-key-only',
    title: 'an API key and nothing else: who sees one request can make any',
    attacks: [4, 44],
    caughtBy: ['replay', 'body-swapped'],
    plant: () => ({
      async admit(received) {
        const { request, service, steps } = received
        if (!service.keys.has(request.headers['x-api-key'])) throw new SignatureError('unknown_key')
        return { keyId: request.headers['x-api-key'], body: await steps.readBody(received) }
      },
    }),
  },
  {
    name: 'home-made-no-memory',
    title: 'the nonce is signed, and nobody remembers it',
    attacks: [4],
    caughtBy: ['replay'],
    plant: () => ({ remember() {} }),
  },
  {
    name: 'home-made-memory-of-one-worker',
    title: 'two workers take turns, and each remembers its own nonces',
    attacks: [5, 7],
    caughtBy: ['replay'],
    plant() {
      const workers = [new Set(), new Set()]
      let turn = 0
      return { remember: (_claimed, nonce) => homeMadeSteps.remember(workers[turn++ % workers.length], nonce) }
    },
  },
  {
    name: 'home-made-memory-too-short',
    title: 'a nonce is forgotten after half a second, and the timestamp is good for a minute',
    attacks: [4],
    caughtBy: ['replay-later'],
    plant: () => ({
      remember(claimed, nonce) {
        homeMadeSteps.remember(claimed, nonce)
        setTimeout(() => claimed.delete(nonce), 500).unref()
      },
    }),
  },
  unsignedPart('nonce', { attacks: [19], caughtBy: ['home-made-nonce-altered'] }),
  unsignedPart('timestamp', { attacks: [19], caughtBy: ['home-made-timestamp-altered'] }),
  unsignedPart('method', { attacks: [34], caughtBy: ['method-altered'] }),
  unsignedPart('path', { attacks: [36], caughtBy: ['path-altered'] }),
  unsignedPart('query', { attacks: [37], caughtBy: ['query-altered'] }),
  unsignedPart('type', { attacks: [41], caughtBy: ['content-type-altered'] }),
  unsignedPart('encoding', { attacks: [42], caughtBy: ['content-encoding-added'] }),
  unsignedPart('bodyDigest', { attacks: [43, 44], caughtBy: ['body-byte-altered'] }),
  {
    name: 'home-made-body-only',
    title: 'the signature is over the body alone, as in most webhooks',
    attacks: [19, 34, 36, 37],
    caughtBy: ['home-made-nonce-altered'],
    plant: () => ({ signedText: ({ bodyDigest }) => bodyDigest }),
  },
  {
    name: 'home-made-prefix-compared',
    title: 'the signature is compared as far as the message brought one',
    attacks: [87],
    caughtBy: ['home-made-signature-removed'],
    plant: () => ({ sameSignature: (expected, given) => expected.startsWith(given) }),
  },
].map((flaw) => ({ ...flaw, scheme: 'home-made' }))

/** A part of the request that the signature leaves out. */
function unsignedPart(part, facts) {
  const names = { type: 'content-type', encoding: 'content-encoding', bodyDigest: 'body' }
  const name = names[part] ?? part
  return {
    name: `home-made-${name}-unsigned`,
    title: `the signature leaves the ${name} out`,
    ...facts,
    plant: () => ({ signedText: ({ [part]: _left, ...parts }) => homeMadeSteps.signedText(parts) }),
  }
}
