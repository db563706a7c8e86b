export type { Algorithm, AlgorithmName } from './algorithms/algorithm.ts'
export { ed25519 } from './algorithms/ed25519.ts'
export { hmacSha256 } from './algorithms/hmac.ts'
export { type Bytes, encodeBase64Url, encodeUtf8, type MaybePromise } from './bytes.ts'
export { createContentDigest, digestAlgorithms, verifyContentDigest } from './content-digest.ts'
export type { HashName } from './crypto/backend.ts'
export { digest } from './crypto/platform.ts'
export {
  isSignatureError,
  SignatureError,
  type SignatureErrorCode,
  type SignatureErrorOptions,
} from './errors.ts'
export { type GeneratedKey, type GenerateKeyOptions, generateKey } from './keys/generate.ts'
export type { NamedJwk } from './keys/import-jwk.ts'
export { importSigningKey, importVerifyingKey, type KeyOptions, type KeySource } from './keys/import-key.ts'
export type { SigningKey, VerifyingKey } from './keys/key.ts'
export { jwkThumbprint } from './keys/thumbprint.ts'
export { type ComponentIdentifier, type ComponentParameters, component, equalityText } from './message/component.ts'
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
export { type SignedFields, type SignOptions, sign } from './sign.ts'
export { signatureBase } from './signature-base.ts'
export {
  defaultLimits,
  parseSignatures,
  type SignatureFieldLimits,
  type UnverifiedSignature,
} from './signature-fields.ts'
export {
  createSignatureInput,
  readSignatureInput,
  type SignatureInput,
  type SignatureParameters,
} from './signature-input.ts'
export { type VerifiedSignature, type VerifySignatureOptions, verifySignature } from './verify-signature.ts'
