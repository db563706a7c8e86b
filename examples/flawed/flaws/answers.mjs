import { isSignatureError, SignatureError } from '@countersign/core'
import { problemOf } from '@countersign/verifier'
import { honestSteps } from '../honest/honest-steps.mjs'
import { json } from '../honest/transfers.mjs'

/** What a refusal tells, and what comes of a keyid. */
export const answerFlaws = [
  {
    name: 'unknown-key-told',
    title: 'an unknown key is answered otherwise than a bad signature: names of keys can be found out',
    attacks: [88],
    caughtBy: ['refusals-tell-apart'],
    plant: () => ({
      refuse: (error) =>
        error.code === 'unknown_key' ? json(404, { error: 'no such key' }) : honestSteps.refuse(error),
    }),
  },
  {
    name: 'reason-told',
    title: 'a refusal says which step failed',
    attacks: [88],
    caughtBy: ['refusals-tell-apart'],
    plant: () => ({
      refuse(error) {
        const answer = honestSteps.refuse(error)
        return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), detail: error.code }) }
      },
    }),
  },
  {
    name: 'stack-told',
    title: 'a refusal shows where in the program it was made',
    attacks: [88],
    caughtBy: ['refusals-tell-apart'],
    plant: () => ({
      refuse: (error) => ({ ...problemOf(asRefusal(error)), body: JSON.stringify({ error: error.stack }) }),
    }),
  },
  {
    name: 'breaks-on-malformed',
    title: 'signature fields that cannot be read end in a 500',
    attacks: [74],
    caughtBy: ['input-malformed'],
    plant: () => ({
      refuse: (error) =>
        error.code?.startsWith('malformed') ? json(500, { error: 'internal' }) : honestSteps.refuse(error),
    }),
  },
  {
    name: 'keyid-of-an-object',
    title: 'keys are looked up in a plain object, which has members that nobody put there',
    attacks: [89],
    caughtBy: ['keyid-hostile'],
    plant: () => ({
      findKey({ service }, keyId) {
        const held = Object.fromEntries(service.keys)[keyId]
        if (held === undefined) throw new SignatureError('unknown_key')
        return held
      },
    }),
  },
  {
    name: 'keyid-fetched',
    title: 'a keyid that is a URL is fetched',
    attacks: [89],
    caughtBy: ['keyid-hostile'],
    plant: () => ({
      async findKey(received, keyId) {
        if (/^https?:/.test(keyId)) await fetch(keyId, { signal: AbortSignal.timeout(1000) }).catch(() => {})
        return honestSteps.findKey(received, keyId)
      },
    }),
  },
]

function asRefusal(error) {
  return isSignatureError(error) ? error : new SignatureError('key_unavailable')
}
