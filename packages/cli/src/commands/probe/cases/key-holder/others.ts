import { randomUUID } from 'node:crypto'
import type { Stage } from '../../session/stage.ts'
import { otherText } from '../../signing/edits.ts'
import { needs, owasp, type ProbeCase } from '../case.ts'

/** Requests of one key that are sent before one of another. */
const floodSize = 60

/** What one key can do to another, and nonces that the server issues. */
export const otherKeyCases: readonly ProbeCase[] = [
  {
    id: 'nonce-of-two-keys',
    title: 'One nonce, two keys',
    attacks: [23],
    level: 'K',
    severity: 'medium',
    owasp: owasp.resources,
    advice: 'A nonce belongs to who signed with it: hash scope, principal and nonce with their lengths.',
    needs: [needs.key, needs.secondKey],
    play: async (stage) => {
      const nonce = (await stage.issuedNonce()) ?? randomUUID()
      await stage.attempt('a nonce with the first key', 'accepted', { send: await stage.fresh({ nonce }) })
      const second = await secondRequest(stage, { nonce })
      await stage.attempt('the same nonce with the second key', 'accepted', { send: second })
    },
  },
  {
    id: 'flood',
    title: 'Many requests of one key, then one of another',
    attacks: [99],
    level: 'K',
    severity: 'medium',
    owasp: owasp.resources,
    advice: 'Limit how much of the store one principal can fill.',
    needs: [needs.key, needs.secondKey],
    play: async (stage) => {
      for (let count = 1; count <= floodSize; count += 1) {
        await stage.attempt(`request ${count} of the first key`, 'any', { send: await stage.fresh() })
      }
      await stage.attempt('one of the second key', 'accepted', { send: await secondRequest(stage, {}) })
    },
  },
  {
    id: 'server-nonce',
    title: 'Nonces that the server did not issue for this',
    attacks: [111],
    level: 'K',
    severity: 'high',
    owasp: owasp.authentication,
    advice: 'Accept a nonce only if it was issued by this server, lately, for this key, and once.',
    needs: [needs.key],
    play: serverNonces,
  },
]

async function secondRequest(stage: Stage, options: { readonly nonce?: string }): ReturnType<Stage['fresh']> {
  const { secondSigner, request } = stage.target
  return secondSigner === undefined ? request : secondSigner.fresh(request, options)
}

async function serverNonces(stage: Stage): Promise<void> {
  const issued = await stage.issuedNonce()
  if (issued === undefined) return stage.skip('the server does not issue nonces (Accept-Signature)')
  await stage.attempt('a nonce of our own', 'refused', { send: await stage.fresh({ nonce: randomUUID() }) })
  await stage.attempt('an issued nonce, altered', 'refused', { send: await stage.fresh({ nonce: otherText(issued) }) })
  await stage.attempt('an issued nonce', 'accepted', { send: await stage.fresh({ nonce: issued }) })
  await stage.attempt('the same nonce, signed anew', 'refused', { send: await stage.fresh({ nonce: issued }) })
}
