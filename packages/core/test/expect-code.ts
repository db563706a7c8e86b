import { expect } from 'vitest'
import { SignatureError, type SignatureErrorCode } from '../src/index.ts'

/** Expects a refusal with a code, from something that throws or rejects. */
export async function expectCode(code: SignatureErrorCode, act: () => unknown): Promise<void> {
  const thrown = await Promise.resolve()
    .then(act)
    .then(
      () => 'nothing was thrown',
      (error: unknown) => error,
    )
  expect(thrown).toBeInstanceOf(SignatureError)
  expect((thrown as SignatureError).code).toBe(code)
}
