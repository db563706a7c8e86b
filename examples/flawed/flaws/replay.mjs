import { SignatureError } from '@countersign/core'
import { claimOnce } from '../honest/honest-steps.mjs'
import { firstValid, unixSeconds } from '../honest/signature-steps.mjs'

const nonceOf = ({ input }) => input.parameters.nonce
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** What is remembered, where, how long, and when. */
export const replayFlaws = [
  {
    name: 'no-replay-check',
    title: 'nobody looks at the nonce',
    attacks: [4],
    caughtBy: ['replay'],
    plant: () => ({ claim() {} }),
  },
  {
    name: 'memory-of-one-connection',
    title: 'each connection remembers its own nonces',
    attacks: [4, 5],
    caughtBy: ['replay', 'replay-concurrent'],
    plant() {
      const memories = new WeakMap()
      return {
        claim({ request: { socket } }, signed) {
          if (!memories.has(socket)) memories.set(socket, new Set())
          claimOnce(memories.get(socket), nonceOf(signed))
        },
      }
    },
  },
  {
    name: 'memory-of-one-worker',
    title: 'two workers take turns, and each remembers its own nonces',
    attacks: [4, 5, 7],
    caughtBy: ['replay', 'replay-concurrent'],
    plant() {
      const workers = [new Set(), new Set()]
      let turn = 0
      return { claim: (_received, signed) => claimOnce(workers[turn++ % workers.length], nonceOf(signed)) }
    },
  },
  {
    name: 'memory-of-one-address',
    title: 'a nonce is remembered together with the address that sent it',
    attacks: [7],
    caughtBy: ['replay-other-address'],
    plant: () => ({
      claim: ({ request, service }, signed) =>
        claimOnce(service.claimed, `${request.socket.remoteAddress} ${nonceOf(signed)}`),
    }),
  },
  {
    name: 'memory-of-signature-text',
    title: 'the text of the Signature field is remembered, which can be written in many ways',
    attacks: [14, 15],
    caughtBy: ['signature-reencoded', 'label-renamed'],
    plant: () => ({ claim: ({ request, service }) => claimOnce(service.claimed, request.headers.signature) }),
  },
  {
    name: 'memory-of-whole-message',
    title: 'a hash of all header fields is remembered, also of those that are not signed',
    attacks: [16],
    caughtBy: ['headers-reordered'],
    plant: () => ({ claim: ({ request, service }) => claimOnce(service.claimed, request.rawHeaders.join('\n')) }),
  },
  {
    name: 'memory-of-nonce-and-time',
    title: 'nonce and created are remembered together: the same nonce, signed at another time, is new',
    attacks: [17],
    caughtBy: ['two-signatures-split'],
    plant: () => ({
      claim: ({ service }, signed) =>
        claimOnce(service.claimed, `${nonceOf(signed)} ${signed.input.parameters.created}`),
    }),
  },
  {
    name: 'memory-too-short',
    title: 'a nonce is forgotten after a second, and the signature is good for a minute',
    attacks: [4, 10],
    caughtBy: ['replay-later'],
    plant() {
      const seen = new Map()
      return {
        claim(_received, signed) {
          const now = Date.now()
          if (now - (seen.get(nonceOf(signed)) ?? 0) < 1000) throw new SignatureError('replayed')
          seen.set(nonceOf(signed), now)
        },
      }
    },
  },
  {
    name: 'memory-from-first-sight',
    title: 'a nonce is forgotten when as much time has passed as a signature may be old; one from the future lives on',
    attacks: [11],
    caughtBy: ['future-created-replayed'],
    window: { maxAgeSeconds: 3, futureSkewSeconds: 3 },
    waitSeconds: 6,
    plant() {
      const seen = new Map()
      return {
        claim({ service }, signed) {
          const now = unixSeconds()
          if (now - (seen.get(nonceOf(signed)) ?? 0) <= service.window.maxAgeSeconds) {
            throw new SignatureError('replayed')
          }
          seen.set(nonceOf(signed), now)
        },
      }
    },
  },
  {
    name: 'memory-of-the-last',
    title: 'only the latest nonce is remembered',
    attacks: [4],
    caughtBy: ['replay-after-others'],
    plant() {
      let last
      return {
        claim(_received, signed) {
          if (nonceOf(signed) === last) throw new SignatureError('replayed')
          last = nonceOf(signed)
        },
      }
    },
  },
  {
    name: 'look-then-write',
    title: 'the store is asked, and told a moment later: copies that arrive together are all new',
    attacks: [5, 6],
    caughtBy: ['replay-concurrent'],
    plant: () => ({
      async claim({ service: { claimed } }, signed) {
        if (claimed.has(nonceOf(signed))) throw new SignatureError('replayed')
        await pause(50)
        claimed.add(nonceOf(signed))
      },
    }),
  },
  {
    name: 'claimed-before-the-signature',
    title: 'the nonce is claimed before the signature is verified: a forger uses it up',
    attacks: [21],
    caughtBy: ['forgeries-burn-nonce'],
    plant: () => ({
      async admit(received) {
        const { steps, service } = received
        const nonce = /;nonce="([^"]*)"/.exec(received.request.headers['signature-input'])?.[1]
        claimOnce(service.claimed, nonce)
        const signed = await firstValid(received)
        const body = await steps.readBody(received)
        await steps.checkBody(received, signed.input, body)
        return { keyId: signed.keyId, body }
      },
    }),
  },
  {
    name: 'claimed-before-the-body',
    title: 'the nonce is claimed before the body is compared: an altered copy uses it up',
    attacks: [22],
    caughtBy: ['wrong-body-burns-nonce'],
    plant: () => ({
      async admit(received) {
        const { steps } = received
        const signed = await firstValid(received)
        await steps.claim(received, signed)
        const body = await steps.readBody(received)
        await steps.checkBody(received, signed.input, body)
        return { keyId: signed.keyId, body }
      },
    }),
  },
  {
    name: 'claim-released-on-failure',
    title: 'a nonce is given back when the request fails, so that it can be tried again',
    attacks: [9],
    caughtBy: ['replay-after-error'],
    plant: () => ({
      claim({ response, service: { claimed } }, signed) {
        claimOnce(claimed, nonceOf(signed))
        response?.once('finish', () => {
          if (response.statusCode >= 400) claimed.delete(nonceOf(signed))
        })
      },
    }),
  },
  {
    name: 'nonce-of-all-signers',
    title: 'one list of nonces for all signers: who guesses or sees that of another uses it up',
    attacks: [23],
    caughtBy: ['nonce-of-two-keys'],
    secondKey: true,
    plant: () => ({ claim: ({ service }, signed) => claimOnce(service.claimed, nonceOf(signed)) }),
  },
]
