import type { SignatureAlgorithm } from './algorithm.ts'

/** ECDSA using curve P-256 DSS and SHA-256 (RFC 9421 section 3.3.4). Signatures are r and s of 32 bytes each. */
export const ecdsaP256Sha256: SignatureAlgorithm = {
  name: 'ecdsa-p256-sha256',
  keyParameters: { name: 'ECDSA', namedCurve: 'P-256' },
  signatureParameters: { name: 'ECDSA', hash: 'SHA-256' },
  jwk: { kty: 'EC', crv: 'P-256', alg: ['ES256'] },
  identifiers: ['301306072a8648ce3d020106082a8648ce3d030107'],
  signatureLength: 64,
  checkKey() {},
  loadImport: () => import('../keys/import-key-pair.ts').then((module) => module.importKeyPair),
  loadInJavaScript: () => import('../crypto/noble-ecdsa.ts').then((module) => module.loadEcdsa('p256')),
}

/** ECDSA using curve P-384 DSS and SHA-384 (RFC 9421 section 3.3.5). Signatures are r and s of 48 bytes each. */
export const ecdsaP384Sha384: SignatureAlgorithm = {
  name: 'ecdsa-p384-sha384',
  keyParameters: { name: 'ECDSA', namedCurve: 'P-384' },
  signatureParameters: { name: 'ECDSA', hash: 'SHA-384' },
  jwk: { kty: 'EC', crv: 'P-384', alg: ['ES384'] },
  identifiers: ['301006072a8648ce3d020106052b81040022'],
  signatureLength: 96,
  checkKey() {},
  loadImport: () => import('../keys/import-key-pair.ts').then((module) => module.importKeyPair),
  loadInJavaScript: () => import('../crypto/noble-ecdsa.ts').then((module) => module.loadEcdsa('p384')),
}
