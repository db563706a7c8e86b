import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'

/** @typedef {import('./suite/task.ts').TaskKey} TaskKey */

/** How `node:crypto` makes a key pair of each algorithm, and signs with it. It is the referee: none of our code. */
const schemes = /** @type {const} */ ({
  ed25519: { type: 'ed25519', options: {}, hash: null, signing: {} },
  'ecdsa-p256-sha256': { type: 'ec', options: { namedCurve: 'P-256' }, hash: 'sha256', signing: ieee() },
  'ecdsa-p384-sha384': { type: 'ec', options: { namedCurve: 'P-384' }, hash: 'sha384', signing: ieee() },
  'rsa-pss-sha512': {
    type: 'rsa',
    options: { modulusLength: 2048 },
    hash: 'sha512',
    signing: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 },
  },
  'rsa-v1_5-sha256': {
    type: 'rsa',
    options: { modulusLength: 2048 },
    hash: 'sha256',
    signing: { padding: constants.RSA_PKCS1_PADDING },
  },
})

/** What the referee signs, so that each runtime has a signature to verify that none of our code made. */
export const refereeBase = '"@signature-params": ();created=1618884473;keyid="referee"'

/**
 * Makes fresh keys of all six algorithms with `node:crypto`: JWK, PEM, thumbprint, and a signature of the referee.
 *
 * @returns {readonly TaskKey[]}
 */
export function createKeys() {
  const secret = randomBytes(48)
  const jwk = { kty: 'oct', k: secret.toString('base64url') }
  const mac = createHmac('sha256', secret).update(refereeBase).digest('base64')
  const hmac = { algorithm: 'hmac-sha256', keyId: 'runtime-hmac-sha256', privateJwk: jwk, refereeBase, signature: mac }
  return [hmac, ...Object.keys(schemes).map((algorithm) => createPair(algorithm))]
}

/** @param {string} algorithm @returns {TaskKey} */
function createPair(algorithm) {
  const { type, options, hash, signing } = schemes[algorithm]
  const { privatePem, publicPem, privateJwk, publicJwk } = drawPair(type, options)
  const privateKey = createPrivateKey(privatePem)
  return {
    algorithm,
    keyId: `runtime-${algorithm}`,
    privateJwk,
    publicJwk,
    privatePem,
    publicPem,
    thumbprint: thumbprintOf(publicJwk),
    refereeBase,
    signature: sign(hash, Buffer.from(refereeBase), { key: privateKey, ...signing }).toString('base64'),
  }
}

/**
 * The keys are made as PEM, and read again: Node 20 can hang for ever when it exports a key as JWK that was just made,
 * if the garbage collector comes between.
 */
function drawPair(type, options) {
  const publicKeyEncoding = { type: 'spki', format: 'pem' }
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem' }
  const drawn = generateKeyPairSync(type, { ...options, publicKeyEncoding, privateKeyEncoding })
  const privateJwk = createPrivateKey(drawn.privateKey).export({ format: 'jwk' })
  // WebKitGTK refuses the PEM of such a key: browsers.test.ts holds it to that.
  if (type === 'ed25519' && Buffer.from(privateJwk.d, 'base64url')[0] === 0) return drawPair(type, options)
  const publicJwk = createPublicKey(drawn.publicKey).export({ format: 'jwk' })
  return { privatePem: drawn.privateKey, publicPem: drawn.publicKey, privateJwk, publicJwk }
}

/** RFC 7638 section 3: the members of a public key in lexicographic order, all of which `node:crypto` exports. */
function thumbprintOf(publicJwk) {
  const members = Object.fromEntries(Object.entries(publicJwk).sort(([left], [right]) => (left < right ? -1 : 1)))
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/**
 * What the referee says of a signature.
 *
 * @param {TaskKey} key
 * @param {string} base
 * @param {string} signature base64
 * @returns {boolean}
 */
export function refereeVerifies(key, base, signature) {
  const bytes = Buffer.from(signature, 'base64')
  if (key.algorithm === 'hmac-sha256') {
    const mac = createHmac('sha256', Buffer.from(key.privateJwk.k, 'base64url')).update(base).digest()
    return mac.length === bytes.length && timingSafeEqual(mac, bytes)
  }
  const { hash, signing } = schemes[key.algorithm]
  const publicKey = createPublicKey({ key: key.publicJwk, format: 'jwk' })
  return verify(hash, Buffer.from(base), { key: publicKey, ...signing }, bytes)
}

function ieee() {
  return { dsaEncoding: 'ieee-p1363' }
}
