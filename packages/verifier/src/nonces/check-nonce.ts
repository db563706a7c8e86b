import { SignatureError } from '@countersign/core'
import type { ServerNonces } from './server-nonces.ts'

/**
 * Checks that the server issued a nonce: before any key is looked up.
 *
 * @throws SignatureError `nonce_refused`
 */
export async function checkNonce(nonce: string | undefined, keyId: string, nonces: ServerNonces): Promise<void> {
  // Only true will do: nonces of the caller's own that answer 'ok' are broken.
  if (nonce === undefined || (await nonces.accepts(nonce, keyId)) !== true) throw new SignatureError('nonce_refused')
}
