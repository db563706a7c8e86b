import { hmacSha256, importSigningKey, type SigningKey } from '@countersign/core'

/** 32 bytes, so that a test can make the same signature by other means. */
export const secret: Uint8Array<ArrayBuffer> = new Uint8Array(32).fill(7)

/** The key of alice. */
export function importKey(): Promise<SigningKey> {
  return importSigningKey(hmacSha256, { secret }, { keyId: 'alice' })
}

/** A parameter of the signature that a server saw: a text or a number. */
export function parameterOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return new RegExp(`;${name}=(?:"([^"]*)"|(\\d+))`)
    .exec(headers['signature-input'] ?? '')
    ?.slice(1)
    .find(Boolean)
}

/** What a promise rejects with. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it was expected to be refused')
    },
    (error: unknown) => error,
  )
}
