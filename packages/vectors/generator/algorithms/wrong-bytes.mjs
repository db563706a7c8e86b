import { verifyGroup } from './verify-group.mjs'

/** @type {readonly (readonly [name: string, key: string, other: string])[]} */
const keys = [
  ['hmac', 'hmac-64', 'test-shared-secret'],
  ['ed25519', 'test-key-ed25519', 'ed25519-2'],
  ['p256', 'test-key-ecc-p256', 'p256-2'],
  ['p384', 'p384-1', 'p384-2'],
  ['rsa-pss', 'test-key-rsa-pss', 'rsa-pss-3072'],
  ['rsa-v1-5', 'test-key-rsa', 'rsa-v1_5-3072'],
]

/** @type {readonly (readonly [id: string, comment: string, forge: (signature: Buffer) => Buffer, flag?: string])[]} */
const forgeries = [
  ['empty', 'No bytes at all.', () => Buffer.alloc(0), 'SignatureLength'],
  ['cut', 'The last byte is missing.', (signature) => signature.subarray(0, -1), 'SignatureLength'],
  ['extended', 'A byte more.', (signature) => Buffer.concat([signature, Buffer.from([0])]), 'SignatureLength'],
  [
    'zero-in-front',
    'A zero byte in front.',
    (signature) => Buffer.concat([Buffer.from([0]), signature]),
    'SignatureLength',
  ],
  ['twice', 'The signature twice.', (signature) => Buffer.concat([signature, signature]), 'SignatureLength'],
  ['zeros', 'All bytes are zero.', (signature) => Buffer.alloc(signature.length), 'WrongSignature'],
  ['first-bit', 'A bit of the first byte is changed.', (signature) => flipBit(signature, 0), 'WrongSignature'],
  [
    'last-bit',
    'A bit of the last byte is changed.',
    (signature) => flipBit(signature, signature.length - 1),
    'WrongSignature',
  ],
]

function flipBit(signature, index) {
  const flipped = Buffer.from(signature)
  flipped[index] ^= 0x01
  return flipped
}

const bytes = verifyGroup(
  {
    id: 'algorithm-wrong-bytes',
    comment: 'Signatures that were cut, extended or changed.',
    rfc: ['RFC 9421 3.2', 'RFC 9421 3.3'],
    error: 'invalid_signature',
    also: ['malformed_signature'],
  },
  keys.flatMap(([name, key]) =>
    forgeries.map(([id, comment, forge, flag]) => ({ id: `${name}-${id}`, comment, flags: [flag], key, forge })),
  ),
)

const wrongKey = verifyGroup(
  {
    id: 'algorithm-wrong-key',
    comment: 'Right signatures of somebody else.',
    flags: ['WrongSignature'],
    rfc: ['RFC 9421 3.2'],
    error: 'invalid_signature',
  },
  keys.map(([name, key, signer]) => ({
    id: `${name}-wrong-key`,
    comment: 'Another key of the same algorithm signed.',
    key,
    signer,
  })),
)

/** @type {readonly (readonly [id: string, comment: string, as: (base: string, input: string) => string])[]} */
const otherTexts = [
  ['final-line-feed', 'The base ends with a line feed.', (base) => `${base}\n`],
  [
    'without-last-line',
    'The line of @signature-params is not signed.',
    (base) => base.split('\n').slice(0, -1).join('\n'),
  ],
  ['last-line-alone', 'Nothing but the parameters is signed.', (base) => base.split('\n').at(-1)],
  ['label', 'The label is signed with the parameters.', (base, input) => base.replace(input, `sig1=${input}`)],
  ['no-space', 'There is no space behind the colons.', (base) => base.replaceAll('": ', '":')],
  [
    'no-quotation-marks',
    'The names stand without quotation marks, as in the drafts.',
    (base) => base.replaceAll(/^"([^"]*)"/gm, '$1'),
  ],
  [
    'sorted',
    'The lines are sorted.',
    (base) => [...base.split('\n').slice(0, -1).sort(), base.split('\n').at(-1)].join('\n'),
  ],
  [
    'parameters-first',
    'The line of the parameters stands first.',
    (base) => [base.split('\n').at(-1), ...base.split('\n').slice(0, -1)].join('\n'),
  ],
  [
    'parameters-sorted',
    'The parameters are in another order than in the field.',
    (base) => base.replace(/(;created=\d+)(;keyid="[^"]*")$/, '$2$1'),
  ],
  [
    'parameters-dropped',
    'The parameters are left out.',
    (base, input) => base.replace(input, input.replace(/;.*/, '')),
  ],
  ['lower-case', 'Values are in lower case.', (base) => base.toLowerCase()],
  [
    'commas',
    'There are commas between the components.',
    (base, input) => base.replace(input, input.replaceAll('" "', '", "')),
  ],
]

const text = verifyGroup(
  {
    id: 'algorithm-wrong-base',
    comment: 'Right signatures of a text that is not the base of the message.',
    key: 'test-key-ed25519',
    flags: ['OtherBase'],
    rfc: ['RFC 9421 2.5', 'RFC 9421 3.2'],
    error: 'invalid_signature',
  },
  otherTexts.map(([id, comment, as]) => ({ id: `wrong-base-${id}`, comment, as })),
)

export const groups = [bytes, wrongKey, text]
