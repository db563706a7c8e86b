import { type ExitCode, exitCodes } from './exit-codes.ts'

/** Why a command ends early. Its message says what to do, and holds no secret. */
export interface CommandFailure extends Error {
  readonly exitCode: ExitCode
}

/** The arguments are wrong. */
export function usageFailure(message: string): CommandFailure {
  return commandFailure(exitCodes.usage, message)
}

/** The arguments are right, and yet it cannot be done. */
export function failure(message: string, cause?: unknown): CommandFailure {
  return commandFailure(exitCodes.failed, message, cause)
}

function commandFailure(exitCode: ExitCode, message: string, cause?: unknown): CommandFailure {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { exitCode })
}

/** A failure that says what could not be done, and why. One that was thrown on the way stays as it is. */
export function failureOf(what: string, error: unknown): CommandFailure {
  return isCommandFailure(error) ? error : failure(`${what}: ${reasonOf(error)}`, error)
}

function isCommandFailure(error: unknown): error is CommandFailure {
  return error instanceof Error && 'exitCode' in error
}

/** The exit code of whatever was thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  return isCommandFailure(error) ? error.exitCode : exitCodes.failed
}

/** What an unknown thrown value says. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // fetch and connect say what is wrong in the cause, or in the first of several.
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  return error.message === '' || error.message === 'fetch failed' ? reasonOf(inner ?? error.name) : error.message
}
