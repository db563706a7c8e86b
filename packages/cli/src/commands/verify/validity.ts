import type { TrustedKey } from '@countersign/verifier'
import type { RebuiltSignature } from '../../messages/target-message.ts'

/** When the key of a signature is trusted, where that has an end or a beginning. */
export function validityOf(keys: readonly TrustedKey[], rebuilt: RebuiltSignature | undefined): string | undefined {
  const { keyid } = rebuilt?.input.parameters ?? {}
  const { notBefore, notAfter } = keys.find(({ key }) => key.keyId === keyid) ?? {}
  const times = [
    ...(notBefore === undefined ? [] : [`from ${dateOf(notBefore)}`]),
    ...(notAfter === undefined ? [] : [`until ${dateOf(notAfter)}`]),
  ]
  return times.length === 0 ? undefined : `the key "${keyid}" is trusted ${times.join(' ')}`
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}
