import { usageFailure } from '../failure.ts'

/** A private key as PEM (RFC 7468 10), or the private member of a JWK: at least 32 bytes in base64url (RFC 7518 6). */
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----|"(?:d|k)"\s*:\s*"[\w-]{43,}/

/** 30 bytes and more in base64 with its padding: an HMAC secret, most likely. */
const paddedBase64 = /[A-Za-z0-9+/_-]{40,}={1,2}/g

/**
 * Refuses a private key wherever it stands among the arguments, before anything could quote it.
 *
 * @throws CommandFailure that does not quote it either.
 */
export function refuseSecretArguments(args: readonly string[]): void {
  if (!args.some((argument) => privateKey.test(argument))) return
  throw usageFailure(
    'an argument holds a private key. Everybody on this machine can read the arguments of a program, and shells keep them: put it into a file (--key FILE) or into COUNTERSIGN_KEY, and take a new key where others may have seen this one',
  )
}

/** A mistake, without what may be a secret in an argument that it quotes. */
export function withoutSecrets(text: string): string {
  return text.replace(paddedBase64, '(not shown)')
}
