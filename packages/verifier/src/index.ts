export {
  createStreamingVerifier,
  createVerifier,
  type ProtectOptions,
  problemResponse,
  protect,
  protectStream,
  type StreamingVerifier,
  type Verifier,
} from './adapters/fetch.ts'
export type { AcceptedEvent, RefusedEvent, VerifierEvent } from './events.ts'
export { httpStatus, type RefusalKind, refusalKinds } from './http-status.ts'
export type { KeyResolver, Keys } from './keys/key-resolver.ts'
export { createRemoteJwks, type RemoteJwks } from './keys/remote-jwks.ts'
export type { IgnoredKeyReason, RemoteJwksEvent, RemoteJwksFailure } from './keys/remote-jwks-events.ts'
export type { RemoteJwksOptions } from './keys/remote-jwks-options.ts'
export type { TrustedKey } from './keys/trusted-key.ts'
export {
  createServerNonces,
  type NonceSecret,
  type ServerNonces,
  type ServerNoncesOptions,
} from './nonces/server-nonces.ts'
export type { PolicyOptions, RoutePolicy, VerifierOptions } from './policy/options.ts'
export { type ProblemDetails, type ProblemResponse, problemOf } from './problem.ts'
export type { FloorRaised, FloorRaisedOptions } from './replay/floor-raised.ts'
export { createMemoryReplayStore, type MemoryReplayStoreOptions } from './replay/memory.ts'
export type { ClaimOutcome, ReplayClaim, ReplayStore } from './replay/replay-store.ts'
export type { RoomOptions } from './replay/store-options.ts'
export type { BodySource } from './request/body.ts'
export type { OriginOption } from './request/origin.ts'
export type { ReceivedRequest } from './request/received-request.ts'
export type { VerifiedHead, VerifiedRequest } from './request/verified-request.ts'
export { type SignedResponsesOptions, signResponses } from './responses/fetch.ts'
export {
  type AnsweredNodeRequest,
  createSignedSender,
  type NodeAnswer,
  type NodeResponse,
  type SignedSender,
} from './responses/node.ts'
export {
  type Answer,
  type AnswerSigner,
  createAnswerSigner,
  type ResponseSigningOptions,
  type SignedAnswer,
} from './responses/sign-answer.ts'
export type { BodyOutcome, StreamedBody } from './streaming/streamed-body.ts'
export {
  createStreamingMessageVerifier,
  type StreamedRequest,
  type StreamingMessageVerifier,
} from './streaming/streaming-verifier.ts'
export { createMessageVerifier, type MessageVerifier } from './verifier.ts'
