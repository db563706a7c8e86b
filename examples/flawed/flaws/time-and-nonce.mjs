import { SignatureError } from '@countersign/core'
import { honestSteps } from '../honest/honest-steps.mjs'
import { unixSeconds } from '../honest/signature-steps.mjs'

/** How old and how long a signature may be, and whether it has a nonce. */
export const timeAndNonceFlaws = [
  {
    name: 'old-accepted',
    title: 'nobody looks how old a signature is',
    attacks: [25],
    caughtBy: ['time-window'],
    plant: () => ({
      checkTimes({ service: { window } }, { created }) {
        if (created === undefined) throw new SignatureError('missing_parameter', 'created')
        if (created > unixSeconds() + window.futureSkewSeconds) throw new SignatureError('not_yet_valid')
      },
    }),
  },
  {
    name: 'window-of-an-hour',
    title: 'a signature is good for an hour',
    attacks: [25],
    caughtBy: ['time-window'],
    plant: () => ({
      checkTimes: (received, parameters) =>
        honestSteps.checkTimes(withWindow(received, { maxAgeSeconds: 3600, futureSkewSeconds: 10 }), parameters),
    }),
  },
  {
    name: 'future-accepted',
    title: 'a signature may be from any time in the future, and so be kept for later',
    attacks: [25],
    caughtBy: ['time-window'],
    plant: () => ({
      checkTimes: (received, parameters) =>
        honestSteps.checkTimes(withWindow(received, { maxAgeSeconds: 60, futureSkewSeconds: 1e9 }), parameters),
    }),
  },
  {
    name: 'created-optional',
    title: 'a signature that does not say when it was made is good for ever',
    attacks: [26],
    caughtBy: ['created-malformed'],
    plant: () => ({
      checkTimes(received, parameters) {
        if (parameters.created !== undefined) honestSteps.checkTimes(received, parameters)
      },
    }),
  },
  {
    name: 'expires-ignored',
    title: 'nobody looks at expires',
    attacks: [27],
    caughtBy: ['expires-contradictory'],
    plant: () => ({
      checkTimes: (received, { expires: _ignored, ...parameters }) => honestSteps.checkTimes(received, parameters),
    }),
  },
  {
    name: 'nonce-optional',
    title: 'a signature without a nonce is accepted',
    attacks: [20],
    caughtBy: ['signed-without-nonce'],
    plant: () => ({
      checkNames(parameters) {
        if (parameters.nonce !== undefined) honestSteps.checkNames(parameters)
      },
    }),
  },
  {
    name: 'nonce-of-any-size',
    title: 'a nonce may be empty, or thousands of characters long',
    attacks: [20],
    caughtBy: ['nonce-empty-or-huge'],
    plant: () => ({
      checkNames({ keyid, nonce }) {
        if (keyid === undefined || nonce === undefined) throw new SignatureError('missing_parameter')
      },
    }),
  },
  {
    name: 'nonce-too-short',
    title: 'a nonce of one character will do',
    attacks: [20],
    caughtBy: ['nonce-outside-profile'],
    plant: () => ({
      checkNames({ keyid, nonce = '' }) {
        if (keyid === undefined || nonce === '' || nonce.length > 128) throw new SignatureError('missing_parameter')
      },
    }),
  },
]

function withWindow(received, window) {
  return { ...received, service: { ...received.service, window } }
}
