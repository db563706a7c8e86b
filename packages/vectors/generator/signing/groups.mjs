import { groups as parameters } from './parameters.mjs'
import { groups as refusals } from './refusals.mjs'
import { groups as signatures } from './signatures.mjs'

/** RFC 9421 2.3, 2.5 and 3.1: the order of everything, and the signer. */
export const groups = [...parameters, ...signatures, ...refusals]

export const notes = {
  LineOrder: {
    class: 'CANONICALIZATION',
    description: 'The order of the covered components is the choice of the signer, and part of what is signed.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-2.5'],
  },
  MakesSignature: { class: 'FUNCTIONALITY', description: 'A signer makes the two fields.' },
  SignatureParameters: {
    class: 'CANONICALIZATION',
    description: 'The parameters are serialized as they stand, in the order that the signer chose.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-2.3'],
  },
  UnwritableParameter: {
    class: 'AUTH_BYPASS',
    description: 'What the signer was given cannot stand in Signature-Input, or would say something else there.',
  },
}
