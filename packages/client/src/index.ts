export type { BodyOptions, Content, HashProgress, Hop } from './body/hop.ts'
export type { ClockSkewOptions, SignedFetchOptions } from './options.ts'
export { profileComponents } from './profile-components.ts'
export { answerChallenges } from './recovery/challenges.ts'
export type { Problem, ProblemKind } from './recovery/problem.ts'
export { readProblem } from './recovery/read-problem.ts'
export type { Recovery, Refusal, Revision } from './recovery/recovery.ts'
export { type Attempt, type RetryContext, type RetryOptions, type RetryPolicy, retries } from './recovery/retries.ts'
export type { RedirectMode } from './redirects.ts'
export type { ResponseKeyResolver, ResponseVerifierOptions } from './responses/policy.ts'
export { createVerifiedFetch, type VerifiedFetchOptions } from './responses/verified-fetch.ts'
export { createResponseVerifier, type ResponseVerifier, type VerifiedResponse } from './responses/verify-response.ts'
export {
  type SignaturePlan,
  type SignedHop,
  type SignedRequest,
  type SigningProfile,
  signRequest,
} from './sign-request.ts'
export { createSignedFetch } from './signed-fetch.ts'
