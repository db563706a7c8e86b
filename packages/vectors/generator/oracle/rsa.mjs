import { constants, createHash, privateEncrypt } from 'node:crypto'

/**
 * RSASSA-PSS with SHA-512 (RFC 8017 8.1.1), with a salt that is chosen instead of drawn, so that the vectors come out
 * the same each time. OpenSSL does the arithmetic.
 *
 * @param {import('node:crypto').KeyObject} privateKey
 * @param {Buffer} message
 * @param {{ salt?: Buffer, hash?: string, maskHash?: string }} [options] other than RFC 9421 3.3.1 says
 */
export function signPss(privateKey, message, { salt = saltOf(message), hash = 'sha512', maskHash = hash } = {}) {
  const bits = privateKey.asymmetricKeyDetails.modulusLength
  const encoded = encodePss(message, bits - 1, { salt, hash, maskHash })
  const padded = Buffer.concat([Buffer.alloc(Math.ceil(bits / 8) - encoded.length), encoded])
  return applyPrivateKey(privateKey, padded)
}

/** The private operation of RSA on a whole block, without any padding. */
export function applyPrivateKey(privateKey, block) {
  return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block)
}

/** 64 bytes that nobody chose: the hash of what is signed. */
function saltOf(message) {
  return createHash('sha512').update('salt of a test vector').update(message).digest()
}

/** EMSA-PSS-ENCODE (RFC 8017 9.1.1). */
function encodePss(message, bits, { salt, hash, maskHash }) {
  const length = Math.ceil(bits / 8)
  const digest = createHash(hash).update(message).digest()
  const salted = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()
  const block = Buffer.alloc(length - salted.length - 1)
  block[block.length - salt.length - 1] = 0x01
  salt.copy(block, block.length - salt.length)
  const mask = maskOf(salted, block.length, maskHash)
  for (let index = 0; index < block.length; index++) block[index] ^= mask[index]
  block[0] &= 0xff >> (8 * length - bits)
  return Buffer.concat([block, salted, Buffer.from([0xbc])])
}

/** MGF1 (RFC 8017 B.2.1). */
function maskOf(seed, length, hash) {
  const blocks = []
  for (let counter = 0; Buffer.concat(blocks).length < length; counter++) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    blocks.push(createHash(hash).update(seed).update(number).digest())
  }
  return Buffer.concat(blocks).subarray(0, length)
}

const digestInfos = {
  sha1: ['3021300906052b0e03021a05000414', '301f300706052b0e03021a0414'],
  sha256: ['3031300d060960864801650304020105000420', '302f300b06096086480165030402010420'],
  sha512: ['3051300d060960864801650304020305000440', '304f300b06096086480165030402030440'],
}

/**
 * EMSA-PKCS1-v1_5-ENCODE (RFC 8017 9.2).
 *
 * @param {Buffer} message
 * @param {number} length of the modulus in bytes
 * @param {{ hash?: string, withNull?: boolean, garbage?: number }} [options] otherwise than RFC 9421 3.3.2 says: garbage
 * is a number of bytes behind the digest, in the place of padding
 */
export function encodePkcs1(message, length, { hash = 'sha256', withNull = true, garbage = 0 } = {}) {
  const info = Buffer.from(digestInfos[hash][withNull ? 0 : 1], 'hex')
  const contents = Buffer.concat([info, createHash(hash).update(message).digest()])
  const padding = Buffer.alloc(length - 3 - contents.length - garbage, 0xff)
  return Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), contents, Buffer.alloc(garbage)])
}
