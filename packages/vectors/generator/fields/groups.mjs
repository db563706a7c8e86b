import { digestFields } from './digests/digest-fields.mjs'
import { digestPreferences } from './digests/digest-preferences.mjs'
import { signatureInputSyntax } from './signature-fields/input-syntax.mjs'
import { labels } from './signature-fields/labels.mjs'
import { signatureInputSpelling, signatureParameterTypes } from './signature-fields/parameters.mjs'
import { severalSignatures } from './signature-fields/several-signatures.mjs'
import { signatureSyntax } from './signature-fields/signature-syntax.mjs'
import { structuredFields } from './structured-fields.mjs'

/** The fields that carry signatures and digests. */
export const groups = [
  signatureInputSyntax,
  signatureParameterTypes,
  signatureInputSpelling,
  signatureSyntax,
  labels,
  severalSignatures,
  digestFields,
  digestPreferences,
  structuredFields,
]

/** One for each flag of these groups. */
export const notes = {
  ComponentIdentifier: {
    class: 'CANONICALIZATION',
    description: 'A component identifier that is unknown, unfit or covered twice: there is no base.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-2.5'],
  },
  DigestChoice: { class: 'FUNCTIONALITY', description: 'The algorithm that the sender of a Want-* field prefers.' },
  DigestMismatch: { class: 'AUTH_BYPASS', description: 'The digest is not that of the bytes.' },
  DigestSyntax: { class: 'PARSER', description: 'A digest field that is no Dictionary of Byte Sequences or weights.' },
  DigestValue: { class: 'FUNCTIONALITY', description: 'A right digest, however it is written.' },
  DuplicateLabel: {
    class: 'AUTH_BYPASS',
    description: 'A label occurs twice. RFC 9651 lets the last one win: parsers that differ see two messages.',
  },
  InputSpelling: {
    class: 'CANONICALIZATION',
    description: 'The last line of the base is the strict serialization of what was received, in the order received.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-3.2'],
  },
  InputSyntax: {
    class: 'PARSER',
    description: 'A Signature-Input field that is no Dictionary of Inner Lists of Strings.',
  },
  JunkSignature: {
    class: 'AUTH_BYPASS',
    description:
      'A signature that is worth nothing, beside one that is: it lends nobody its name, and shuts nobody out.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-7.2.6'],
  },
  LabelIsNoRole: { class: 'POLICY', description: 'A label is not signed, and so it means nothing.' },
  Limit: { class: 'DOS', description: 'How much a verifier of the profile reads before it refuses.' },
  MissingField: { class: 'AUTH_BYPASS', description: 'Signature-Input or Signature is not there.' },
  ParameterType: { class: 'PARSER', description: 'A registered signature parameter of a wrong type.' },
  SeveralDigests: {
    class: 'DOWNGRADE',
    description: 'Two digests of one body disagree: a receiver is as strong as the weakest that it believes.',
    links: ['https://www.rfc-editor.org/rfc/rfc9530#section-6.6'],
  },
  SeveralSignatures: {
    class: 'FUNCTIONALITY',
    description: 'The one signature of several that the application chose.',
  },
  SignatureSpelling: { class: 'INTEROP', description: 'The same signature, spelled otherwise.' },
  SignatureSyntax: { class: 'PARSER', description: 'A Signature field that is no Dictionary of Byte Sequences.' },
  StructuredField: { class: 'CANONICALIZATION', description: 'The strict serialization of a structured field.' },
  StructuredFieldSyntax: { class: 'PARSER', description: 'What is no structured field of its type.' },
  Tag: {
    class: 'AUTH_BYPASS',
    description: 'A signature for another application that shares the key.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-7.2.7'],
  },
  UnpairedLabel: { class: 'AUTH_BYPASS', description: 'A label stands in one of the two fields alone.' },
  WeakDigest: {
    class: 'DOWNGRADE',
    description: 'No digest of an active algorithm: the deprecated ones must not be signed.',
    links: ['https://www.rfc-editor.org/rfc/rfc9530#section-5'],
  },
}
