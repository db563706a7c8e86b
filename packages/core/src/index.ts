export type { AlgorithmName, SignatureAlgorithm } from './algorithms/algorithm.ts'
export { ecdsaP256Sha256, ecdsaP384Sha384 } from './algorithms/ecdsa.ts'
export { ed25519 } from './algorithms/ed25519.ts'
export { hmacSha256 } from './algorithms/hmac.ts'
export { rsaPssSha512, rsaV15Sha256 } from './algorithms/rsa.ts'
export { signatureAlgorithms } from './algorithms/signature-algorithms.ts'
export { after, type Bytes, encodeBase64Url, encodeUtf8, isPending, type MaybePromise } from './bytes.ts'
export type { HashName } from './crypto/backend.ts'
export { digest, digestText } from './crypto/platform.ts'
export type { JwkMembers, WebCryptoKey } from './crypto/web-crypto-types.ts'
export { type ByteStream, createDigester, type Digester, verifyDigestStream } from './digest-fields/digester.ts'
export {
  checkContentDigest,
  createContentDigest,
  createReprDigest,
  type Digests,
  digestAlgorithms,
  parseDigests,
  verifyContentDigest,
  verifyReprDigest,
} from './digest-fields/integrity-fields.ts'
export {
  chooseDigestAlgorithm,
  createWantDigest,
  type DigestWeights,
  parseWantDigest,
} from './digest-fields/integrity-preferences.ts'
export {
  isSignatureError,
  SignatureError,
  type SignatureErrorCode,
  type SignatureErrorOptions,
} from './errors.ts'
export {
  compareLineHashes,
  type LineDifference,
  type LineHash,
  type LineHashOptions,
  lineHashes,
} from './explain/line-hashes.ts'
export { exportJwk, exportPem } from './keys/export.ts'
export { type GeneratedKey, type GenerateKeyOptions, generateKey } from './keys/generate.ts'
export { importSigningKey, importVerifyingKey } from './keys/import-key.ts'
export type { SigningKey, VerifyingKey } from './keys/key.ts'
export type { KeyOptions, KeySource, NamedJwk } from './keys/key-source.ts'
export { jwkThumbprint } from './keys/thumbprint.ts'
export type { ComponentIdentifier, ComponentReader } from './message/component.ts'
export { type ComponentParameters, component } from './message/component-parameters.ts'
export { combinedValue } from './message/fields.ts'
export { type FetchRequest, type FetchResponse, requestMessageOf, responseMessageOf } from './message/from-fetch.ts'
export {
  createRequestMessage,
  createResponseMessage,
  type FieldLine,
  type Fields,
  type Message,
  type RequestMessage,
  type RequestParts,
  type ResponseMessage,
  type ResponseParts,
} from './message/message.ts'
export { type FieldTypes, registeredFields } from './message/registered-fields.ts'
export { type Origin, parseOrigin, resolveRequestTarget, type TargetUri } from './message/target-uri.ts'
export { refuseUnknownOptions } from './options.ts'
export { appendSignature, type SignedFields, type SignOptions, sign } from './sign.ts'
export { signatureBase } from './signature-base.ts'
export {
  createAcceptSignature,
  type FulfilledRequest,
  fulfillSignatureRequest,
  parseAcceptSignature,
  type RequestedParameters,
  type SignatureRequest,
  type SignatureRequestOptions,
  type SigningPolicy,
} from './signature-fields/accept-signature.ts'
export { parseSignatures } from './signature-fields/signature-fields.ts'
export {
  createSignatureInput,
  readSignatureInput,
  type SignatureInput,
  type SignatureParameters,
} from './signature-fields/signature-input.ts'
export {
  defaultLimits,
  type SignatureFieldLimits,
  type UnverifiedSignature,
} from './signature-fields/unverified-signature.ts'
export {
  checkSignature,
  firstValidSignature,
  type VerifiedSignature,
  type VerifySignatureOptions,
  verifySignature,
} from './verify-signature.ts'
