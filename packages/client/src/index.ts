export { type SignedRequest, type SigningProfile, signRequest } from './sign-request.ts'
export { createSignedFetch, type SignedFetchOptions } from './signed-fetch.ts'
