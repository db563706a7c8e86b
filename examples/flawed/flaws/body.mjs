import { gunzipSync } from 'node:zlib'
import { combinedValue, isSignatureError, verifyContentDigest } from '@countersign/core'
import { honestSteps } from '../honest/honest-steps.mjs'

/** What is done with the body, and with its digest. */
export const bodyFlaws = [
  {
    name: 'digest-not-compared',
    title: 'Content-Digest is covered, and nobody compares it with the body',
    attacks: [43, 44],
    caughtBy: ['body-swapped'],
    plant: () => ({ checkBody() {} }),
  },
  {
    name: 'length-compared-only',
    title: 'a body of the length that was signed will do',
    attacks: [43],
    caughtBy: ['body-swapped'],
    plant: () => {
      const lengths = new Map()
      return {
        async checkBody({ message }, input, body) {
          const digest = combinedValue(message.headers, 'content-digest')
          if (lengths.get(digest) === body.length) return
          await honestSteps.checkBody({ message }, input, body)
          lengths.set(digest, body.length)
        },
      }
    },
  },
  {
    name: 'empty-body-not-compared',
    title: 'an empty body has no digest to be compared with',
    attacks: [46],
    caughtBy: ['body-emptied'],
    request: { method: 'DELETE', target: '/transfers', body: '{"reason":"paid twice"}' },
    plant: () => ({
      checkBody: (received, input, body) =>
        body.length > 0 ? honestSteps.checkBody(received, input, body) : undefined,
    }),
  },
  {
    name: 'unknown-digest-accepted',
    title: 'a digest of an algorithm that the server does not know is not compared',
    attacks: [51],
    caughtBy: ['digest-algorithms'],
    plant: () => ({
      async checkBody(received, input, body) {
        try {
          await honestSteps.checkBody(received, input, body)
        } catch (error) {
          if (!isSignatureError(error) || error.code !== 'unsupported_digest') throw error
        }
      },
    }),
  },
  {
    name: 'any-digest-will-do',
    title: 'of several digests, one that fits is enough',
    attacks: [51],
    caughtBy: ['digest-algorithms'],
    plant: () => ({
      async checkBody({ message }, _input, body) {
        const members = (combinedValue(message.headers, 'content-digest') ?? '').split(/,\s*/)
        const bytes = new Uint8Array(body)
        await Promise.any(members.map((member) => verifyContentDigest(member, bytes))).catch(({ errors: [error] }) => {
          throw error
        })
      },
    }),
  },
  {
    name: 'inflated-before-the-digest',
    title: 'a compressed body is inflated, without a limit, before its digest is compared',
    attacks: [49],
    caughtBy: ['gzip-bomb'],
    plant: () => ({
      async readBody(received) {
        const body = await honestSteps.readBody(received)
        return received.request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      },
    }),
  },
  {
    name: 'body-without-limit',
    title: 'a body of any size is read into memory',
    attacks: [48],
    caughtBy: ['body-too-large'],
    plant: () => ({
      async readBody({ request }) {
        const chunks = []
        for await (const chunk of request) chunks.push(chunk)
        return Buffer.concat(chunks)
      },
    }),
  },
]
