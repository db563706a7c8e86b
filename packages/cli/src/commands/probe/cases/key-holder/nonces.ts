import { randomUUID } from 'node:crypto'
import { editedField, otherBody, otherText, withBody } from '../../signing/edits.ts'
import type { ParameterTexts } from '../../signing/signer.ts'
import { needs, owasp, type ProbeCase, signatureUnchecked } from '../case.ts'
import { alterations, forgeries } from '../plays.ts'

const bindParameters =
  'Build the last line of the signature base from Signature-Input as it was received, byte for byte.'
const requireNonce = 'Require a nonce of 16 to 128 characters in every signature, and claim it.'

/** Bad copies before a good one. A server that remembers bad ones can be filled. */
const forgedCopies = 25

/** The nonce, and the other parameters of a signature. */
export const nonceCases: readonly ProbeCase[] = [
  parameterCase(['nonce-stripped', 18], 'The nonce taken out', (input) => input.replace(/;\s*nonce="[^"]*"/, '')),
  parameterCase(['nonce-altered', 19], 'Another nonce', (input) => edited(input, 'nonce')),
  parameterCase(['created-altered', 19], 'Another time of signing', (input) =>
    input.replace(/created=(\d+)/, (_all, created: string) => `created=${Number(created) + 1}`),
  ),
  parameterCase(['keyid-altered', 19], 'Another key', (input) => edited(input, 'keyid')),
  parameterCase(['expires-altered', 19], 'A later end', (input) =>
    input.replace(/expires=(\d+)/, (_all, expires: string) => `expires=${Number(expires) + 3600}`),
  ),
  {
    id: 'signed-without-nonce',
    title: 'Signed without a nonce',
    attacks: [20],
    level: 'K',
    severity: 'high',
    owasp: owasp.authentication,
    advice: requireNonce,
    needs: [needs.key],
    play: async (stage) => {
      const request = await stage.forge({ parameters: without('nonce') })
      await stage.attempt('signed without a nonce', 'refused', { send: request })
      await stage.attempt('the same again', 'refused', { send: request })
    },
  },
  {
    id: 'nonce-empty-or-huge',
    title: 'Nonces of nothing, and of 64 KiB',
    attacks: [20],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: requireNonce,
    needs: [needs.key],
    play: forgeries([
      ['a nonce of 0 characters', { parameters: nonceOf(0) }],
      ['a nonce of 65,536 characters', { parameters: nonceOf(65_536) }],
    ]),
  },
  {
    id: 'nonce-outside-profile',
    title: 'Nonces shorter and longer than the profile has them',
    attacks: [20],
    level: 'K',
    severity: 'low',
    owasp: owasp.authentication,
    advice: `${requireNonce} A short nonce comes twice by chance.`,
    needs: [needs.key],
    play: forgeries([
      ['a nonce of 15 characters', { parameters: nonceOf(15) }],
      ['a nonce of 129 characters', { parameters: nonceOf(129) }],
    ]),
  },
  {
    id: 'forgeries-burn-nonce',
    title: 'Bad signatures first, then the good one',
    attacks: [21],
    level: 'K',
    severity: 'medium',
    owasp: owasp.resources,
    advice:
      'Write nothing before a signature has verified: else anybody can use up the nonces of others, and the memory.',
    needs: [needs.key],
    play: async (stage) => {
      const request = await stage.fresh()
      for (let copy = 0; copy < forgedCopies; copy += 1) {
        const forged = editedField(request, 'Signature', (value) =>
          value.replace(/:.*:/, `:${Buffer.alloc(64, copy + 1).toString('base64')}:`),
        )
        await stage.attempt(`bad signature ${copy + 1} with this nonce`, 'refused', { send: forged })
      }
      await stage.attempt('the good signature with this nonce', 'accepted', { send: request })
    },
  },
  {
    id: 'wrong-body-burns-nonce',
    title: 'A wrong body first, then the right one',
    attacks: [22],
    level: 'K',
    severity: 'medium',
    owasp: owasp.resources,
    advice: 'Check the digest of the body before the nonce is claimed: else a forger can use up the nonces of others.',
    needs: [needs.key, needs.body],
    play: async (stage) => {
      const request = await stage.fresh()
      await stage.attempt('the wrong body', 'refused', { send: withBody(request, otherBody(request.body)) })
      await stage.attempt('the right body', 'accepted', { send: request })
    },
  },
  {
    id: 'two-signatures-split',
    follows: ['replay'],
    title: 'One message of two signatures, taken apart',
    attacks: [17],
    level: 'K',
    severity: 'medium',
    owasp: owasp.authentication,
    advice: 'Claim by principal and nonce: not by label, signature or message.',
    needs: [needs.key],
    play: async (stage) => {
      const nonce = randomUUID()
      const issued = (await stage.issuedNonce()) ?? nonce
      await stage.attempt('the first of two signatures', 'once', { send: await stage.fresh({ nonce: issued }) })
      const second = await stage.fresh({ nonce: issued, label: 'sig2', created: stage.signer.now() - 1 })
      await stage.attempt('the second, with the same nonce', 'once', { send: second })
    },
  },
]

function parameterCase(
  [id, attack]: readonly [string, number],
  title: string,
  edit: (input: string) => string,
): ProbeCase {
  return {
    id,
    title,
    follows: signatureUnchecked,
    attacks: [attack],
    level: 'P',
    severity: 'high',
    owasp: owasp.authentication,
    advice: bindParameters,
    needs: [needs.standard],
    play: alterations([[title.toLowerCase(), (request) => editedField(request, 'Signature-Input', edit)]]),
  }
}

/** Another value of a parameter that is a String. */
function edited(input: string, name: string): string {
  return input.replace(new RegExp(`;\\s*${name}="([^"]*)"`), (_all, value: string) => `;${name}="${otherText(value)}"`)
}

function without(name: string): (parameters: ParameterTexts) => ParameterTexts {
  return (parameters) => ({ ...parameters, [name]: undefined })
}

function nonceOf(length: number): (parameters: ParameterTexts) => ParameterTexts {
  return (parameters) => ({
    ...parameters,
    nonce: `"${randomUUID()
      .repeat(Math.ceil(length / 36))
      .slice(0, length)}"`,
  })
}
