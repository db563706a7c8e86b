/** What the flags of the algorithms say. */
export const notes = {
  AlgorithmConfusion: {
    class: 'AUTH_BYPASS',
    description:
      'A message names another algorithm than that of the key, or a signature is of another one. Whoever lets the message choose can be made to verify with a public key what anybody can make.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-7.3.6'],
  },
  EcdsaEdge: {
    class: 'AUTH_BYPASS',
    description:
      'r or s out of range, or in another encoding than r and s of fixed length. Zeros verified in Java (CVE-2022-21449).',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-3.3.4', 'https://www.cve.org/CVERecord?id=CVE-2022-21449'],
  },
  Ed25519Edge: {
    class: 'AUTH_BYPASS',
    description: 'S out of range, which makes a second signature of one; an R that no signer makes; another variant.',
    links: ['https://www.rfc-editor.org/rfc/rfc8032#section-5.1.7'],
  },
  HighS: {
    class: 'INTEROP',
    description: 'Some curves and chains ask for the lower s. RFC 9421 does not, and platforms sign with either.',
  },
  HmacMistake: { class: 'AUTH_BYPASS', description: 'A code by another construction, or of another key.' },
  LeadingZeros: {
    class: 'INTEROP',
    description: 'One signature of 256 has a number that is shorter than its place. It is padded, and verifies.',
  },
  OtherBase: {
    class: 'CANONICALIZATION',
    description: 'What was signed is not the base, by a mistake that signer and verifier could share.',
  },
  Pkcs1Padding: {
    class: 'AUTH_BYPASS',
    description:
      'The block is not exactly what RFC 8017 9.2 makes. Verifiers that read the block instead of comparing it were forged.',
    links: ['https://www.rfc-editor.org/rfc/rfc8017#section-8.2.2'],
  },
  PssParameters: {
    class: 'INTEROP',
    description: 'Libraries have other defaults for salt and mask, or take any. RFC 9421 fixes them.',
    links: ['https://www.rfc-editor.org/rfc/rfc9421#section-3.3.1'],
  },
  SignatureLength: {
    class: 'AUTH_BYPASS',
    description: 'A signature has one length. One that is cut must not be compared as far as it goes.',
  },
  SoundSignature: { class: 'FUNCTIONALITY', description: 'A right signature.' },
  WeakKey: {
    class: 'AUTH_BYPASS',
    description: 'A key under which others can sign. A verifier refuses it when it is imported, or at the latest here.',
  },
  WrongSignature: { class: 'AUTH_BYPASS', description: 'A signature that the key has not made over this base.' },
}
