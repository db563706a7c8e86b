import { acceptSignature } from './accept-signature.mjs'
import { bodies } from './bodies.mjs'
import { coverage } from './coverage.mjs'
import { freshness } from './freshness.mjs'
import { limits } from './limits.mjs'
import { names } from './names.mjs'
import { proxies } from './proxies.mjs'
import { copies } from './replay/copies.mjs'
import { stores } from './replay/stores.mjs'

const profile = { profile: 'countersign' }

/** What the Countersign profile asks for beside RFC 9421. */
export const groups = [
  acceptSignature,
  bodies,
  coverage,
  freshness,
  limits,
  names,
  proxies,
  {
    id: 'replay-copies',
    type: 'sequence',
    comment: 'What counts as the same message, and when its nonce is claimed.',
    policy: profile,
    tests: copies,
  },
  {
    id: 'replay-stores',
    type: 'sequence',
    comment: 'Stores that fail, restart or forget, clocks that step, windows that change: nothing is accepted twice.',
    policy: profile,
    tests: stores,
  },
]

/** One for each flag of these groups. */
export const notes = {
  AmbiguousMessage: {
    class: 'AUTH_BYPASS',
    description: 'A field that holds one value occurs twice: what was signed and what a handler reads can differ.',
  },
  AmbiguousParameter: {
    class: 'AUTH_BYPASS',
    description: 'A signature parameter occurs twice. RFC 9651 lets the last one win, and not every parser does.',
  },
  BodyDigest: {
    class: 'AUTH_BYPASS',
    description:
      'A body is signed through its Content-Digest alone: it must be covered, of an active algorithm, and right.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-7.2.8'],
  },
  ChangedWindow: {
    class: 'REPLAY',
    description: 'The acceptance window is made wider than what the store remembers.',
  },
  ClaimedTooEarly: {
    class: 'REPLAY',
    description: 'A nonce that is claimed before the signature is checked lets anybody shut out a sender.',
  },
  ClockStep: { class: 'REPLAY', description: 'The clock of the verifier steps after something was forgotten.' },
  Coverage: { class: 'FUNCTIONALITY', description: 'Sound signatures that cover what the profile asks for, or more.' },
  Freshness: { class: 'FRESHNESS', description: 'The edges of the time in which a signature is accepted.' },
  InsufficientCoverage: {
    class: 'AUTH_BYPASS',
    description: 'A component that has to be covered is not, or only something like it.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-7.2.1'],
  },
  Proxy: {
    class: 'POLICY',
    description: 'Scheme and authority are those of the configured origin, never what a message says of itself.',
  },
  Replay: {
    class: 'REPLAY',
    description: 'A nonce of a principal is accepted once.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-7.2.2'],
  },
  RequestSyntax: { class: 'PARSER', description: 'An Accept-Signature field that is no Dictionary of Inner Lists.' },
  RequestedSignature: {
    class: 'FUNCTIONALITY',
    description: 'The signature that an Accept-Signature field asks for.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-5'],
  },
  Restart: { class: 'REPLAY', description: 'The verifier is replaced, and its store has kept or lost what it held.' },
  SignatureParameter: { class: 'POLICY', description: 'What nonce, keyid and alg may be.' },
  StoreOutage: { class: 'REPLAY', description: 'The replay store does not answer: the request is refused.' },
  TamperedParameter: { class: 'AUTH_BYPASS', description: 'A signature parameter was changed after signing.' },
  UnfulfillableRequest: {
    class: 'PARSER',
    description: 'A signature is asked for that cannot be made as it is asked for.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-5.2'],
  },
}
