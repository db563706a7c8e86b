import { createHash, createHmac } from 'node:crypto'
import { vectorKey } from '../../keys/key-ring.mjs'
import { verifyGroup } from '../verify-group.mjs'

const key = 'hmac-64'
const { secret } = vectorKey(key)

const hmac = verifyGroup(
  {
    id: 'algorithm-hmac',
    comment: 'Codes that are not HMAC with SHA-256 and the secret.',
    key,
    flags: ['HmacMistake'],
    rfc: ['RFC 9421 3.3.3', 'RFC 2104 2'],
    error: 'invalid_signature',
    also: ['malformed_signature'],
  },
  [
    {
      id: 'hmac-truncated',
      comment: 'The first 16 bytes: RFC 2104 allows it, RFC 9421 compares all of them.',
      forge: (signature) => signature.subarray(0, 16),
    },
    {
      id: 'hmac-sha-512',
      comment: 'SHA-512, cut to 32 bytes.',
      forge: (_signature, message) => createHmac('sha512', secret).update(message).digest().subarray(0, 32),
    },
    {
      id: 'hmac-base64-secret',
      comment: 'The base64 text of the secret is the key.',
      forge: (_signature, message) => createHmac('sha256', secret.toString('base64')).update(message).digest(),
    },
    {
      id: 'hmac-empty-secret',
      comment: 'An empty secret is the key.',
      forge: (_signature, message) => createHmac('sha256', '').update(message).digest(),
    },
    {
      id: 'hmac-hashed-secret',
      comment: 'The hash of the secret is the key, though the secret is no longer than a block.',
      forge: (_signature, message) => {
        return createHmac('sha256', createHash('sha256').update(secret).digest()).update(message).digest()
      },
    },
    {
      id: 'hmac-plain-hash',
      comment: 'The hash of secret and base, which can be extended.',
      forge: (_signature, message) => createHash('sha256').update(secret).update(message).digest(),
    },
    {
      id: 'hmac-hex',
      comment: 'The code as hexadecimal text.',
      forge: (signature) => Buffer.from(signature.toString('hex')),
    },
  ],
)

export const groups = [hmac]
