import { answerFlaws } from './answers.mjs'
import { bodyFlaws } from './body.mjs'
import { coverageFlaws } from './coverage.mjs'
import { homeMadeFlaws } from './home-made.mjs'
import { replayFlaws } from './replay.mjs'
import { requestTargetFlaws } from './request-target.mjs'
import { signatureFlaws } from './signature.mjs'
import { timeAndNonceFlaws } from './time-and-nonce.mjs'
import { unsignedFlaws } from './unsigned.mjs'

/**
 * @typedef {object} Flaw
 * @property {string} name
 * @property {string} title what is wrong
 * @property {string} group
 * @property {readonly number[]} attacks of the threat model
 * @property {readonly string[]} caughtBy the cases of `countersign probe` that are about it; one of them has to find it
 * @property {() => Partial<import('../honest/honest-server.mjs').Steps>} plant gives the step that takes the place of the right one
 * @property {'home-made'} [scheme] when it is none of RFC 9421
 * @property {{ method: string, target: string, body?: string }} [request] what is probed, when it is not a transfer
 * @property {string} [algorithm] of the keys, when it is not HMAC
 * @property {import('../honest/signature-steps.mjs').Window} [window] when it is not the usual one
 * @property {number} [waitSeconds] how long the probe has to wait for it to show, when that is not the usual two
 * @property {true} [secondKey] when it shows with two signers only
 */

const groups = {
  replay: replayFlaws,
  'time and nonce': timeAndNonceFlaws,
  coverage: coverageFlaws,
  'request target': requestTargetFlaws,
  unsigned: unsignedFlaws,
  signature: signatureFlaws,
  body: bodyFlaws,
  answers: answerFlaws,
  'home-made': homeMadeFlaws,
}

/**
 * Every flaw. Each has a server of its own.
 *
 * @type {readonly Flaw[]}
 */
export const allFlaws = Object.entries(groups).flatMap(([group, flaws]) => flaws.map((flaw) => ({ ...flaw, group })))

/**
 * Servers without a flaw, in which nothing is to be found.
 *
 * @type {readonly Omit<Flaw, 'attacks' | 'caughtBy'>[]}
 */
export const rightServers = [
  { name: 'right', title: 'all steps as they should be' },
  { name: 'right-balance', title: 'the same, asked for the balance', request: { method: 'GET', target: '/balance' } },
  { name: 'right-ed25519', title: 'the same with Ed25519', algorithm: 'ed25519' },
  { name: 'right-ecdsa', title: 'the same with ECDSA', algorithm: 'ecdsa-p256-sha256' },
  { name: 'right-two-signers', title: 'the same with two signers', secondKey: true },
  {
    name: 'right-short-window',
    title: 'the same, where a signature is good for three seconds',
    window: { maxAgeSeconds: 3, futureSkewSeconds: 3 },
    waitSeconds: 6,
  },
  { name: 'right-home-made', title: 'a scheme of its own, with all that it needs', scheme: 'home-made' },
].map((server) => ({ ...server, group: 'right', plant: () => ({}) }))
