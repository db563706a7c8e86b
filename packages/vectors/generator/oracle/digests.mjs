import { createHash } from 'node:crypto'

/**
 * A member of Content-Digest or Repr-Digest (RFC 9530 2 and 3).
 *
 * @param {'sha-256' | 'sha-512'} algorithm
 * @param {string | Buffer} content
 */
export function digestMember(algorithm, content) {
  return `${algorithm}=:${createHash(algorithm.replace('-', '')).update(content).digest('base64')}:`
}
