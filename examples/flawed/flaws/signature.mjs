import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import { parseSignatures, readSignatureInput, SignatureError } from '@countersign/core'
import { honestSteps } from '../honest/honest-steps.mjs'
import { firstValid } from '../honest/signature-steps.mjs'

/** Which signature is verified, with which key, and how. */
export const signatureFlaws = [
  {
    name: 'signature-not-verified',
    title: 'everything about the signature is checked but the signature',
    attacks: [3],
    caughtBy: ['random-signature'],
    plant: () => ({ checkSignature: () => true }),
  },
  {
    name: 'prefix-compared',
    title: 'only as many bytes are compared as the message brought',
    attacks: [87],
    caughtBy: ['signature-malformed'],
    plant: () => ({
      checkSignature({ held, base, signature }) {
        const expected = hmac(Buffer.from(held.jwk.k, 'base64url'), base).subarray(0, signature.length)
        return expected.length === signature.length && timingSafeEqual(expected, signature)
      },
    }),
  },
  {
    name: 'der-accepted',
    title: 'an ECDSA signature may be DER, which can be written in many ways',
    attacks: [87],
    caughtBy: ['signature-malformed'],
    algorithm: 'ecdsa-p256-sha256',
    plant: () => ({
      checkSignature({ held, base, signature }) {
        const key = createPublicKey({ key: held.jwk, format: 'jwk' })
        return ['ieee-p1363', 'der'].some((dsaEncoding) =>
          verify('sha256', Buffer.from(base), { key, dsaEncoding }, signature),
        )
      },
    }),
  },
  {
    name: 'algorithm-of-the-message',
    title: 'the message chooses the algorithm: HMAC, keyed with the public key',
    attacks: [85],
    caughtBy: ['algorithm-confused'],
    algorithm: 'ed25519',
    plant: () => ({
      checkSignature({ alg, ...checked }) {
        if (alg !== 'hmac-sha256') return honestSteps.checkSignature({ alg, ...checked })
        const pem = createPublicKey({ key: checked.held.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
        return hmac(pem, checked.base).equals(checked.signature)
      },
    }),
  },
  {
    name: 'algorithm-none',
    title: 'alg="none" needs no signature',
    attacks: [85],
    caughtBy: ['algorithm-confused'],
    plant: () => ({
      checkSignature: (checked) => checked.alg === 'none' || honestSteps.checkSignature(checked),
    }),
  },
  {
    name: 'algorithm-ignored',
    title: 'nobody compares the algorithm of the message with that of the key',
    attacks: [85],
    caughtBy: ['algorithm-confused'],
    plant: () => ({ checkSignature: ({ alg: _ignored, ...checked }) => honestSteps.checkSignature(checked) }),
  },
  {
    name: 'last-label-wins',
    title: 'of two members with the same label, the last one counts',
    attacks: [72],
    caughtBy: ['label-duplicated'],
    plant: () => ({
      readSignatures: ({ message }) => parseSignatures(rewritten(message, (members) => new Map(members))),
    }),
  },
  {
    name: 'unpaired-labels-passed-over',
    title: 'a label in one of the two fields only is passed over',
    attacks: [73],
    caughtBy: ['label-unpaired'],
    plant: () => ({
      readSignatures({ message }) {
        const [inputs, signatures] = [membersOf(message, 'signature-input'), membersOf(message, 'signature')]
        const both = new Set([...inputs.keys()].filter((label) => signatures.has(label)))
        return parseSignatures(rewritten(message, (members) => new Map(members.filter(([label]) => both.has(label)))))
      },
    }),
  },
  {
    name: 'fields-of-the-trailer',
    title: 'the signature may stand in the trailer section',
    attacks: [50],
    caughtBy: ['signature-in-trailer'],
    plant: () => ({
      async admit(received) {
        const { request, message, steps } = received
        const body = await steps.readBody(received)
        const trailers = ['signature-input', 'signature'].flatMap((name) =>
          request.trailers[name] === undefined ? [] : [[name, [request.trailers[name]]]],
        )
        const whole = { ...message, headers: new Map([...message.headers, ...trailers]) }
        return honestSteps.admit({ ...received, message: whole, steps: { ...steps, readBody: () => body } })
      },
    }),
  },
  {
    name: 'first-signature-names-the-signer',
    title: 'the first signature says who asks, and any valid one that it is true',
    attacks: [82],
    caughtBy: ['victim-beside-attacker'],
    secondKey: true,
    plant: () => ({
      async admit(received) {
        const { steps, message, service } = received
        const [first] = steps.readSignatures(received)
        const signed = await firstValid(received)
        const body = await steps.readBody(received)
        await steps.checkBody(received, signed.input, body)
        const keyId = readSignatureInput(first.input).parameters.keyid
        if (!service.keys.has(keyId)) throw new SignatureError('unknown_key', message.path)
        await steps.claim(received, { ...signed, keyId })
        return { keyId, body }
      },
    }),
  },
]

function hmac(secret, base) {
  return createHmac('sha256', secret).update(base).digest()
}

/** A message whose signature fields have other members. */
function rewritten(message, change) {
  const fields = ['signature-input', 'signature'].map((name) => {
    const members = [...change([...listedMembers(message, name)])]
    return [name, [members.map((member) => member.join('=')).join(', ')]]
  })
  return { ...message, headers: new Map([...message.headers, ...fields]) }
}

function membersOf(message, name) {
  return new Map(listedMembers(message, name))
}

/** The members of a Dictionary, by their labels: good enough for a server that is wrong anyway. */
function listedMembers(message, name) {
  const text = message.headers.get(name)?.join(', ') ?? ''
  const members = text.split(/,\s*(?=[a-z*][a-z0-9_.*-]*=)/).filter((member) => member !== '')
  return members.map((member) => [member.slice(0, member.indexOf('=')), member.slice(member.indexOf('=') + 1)])
}
