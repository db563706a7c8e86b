import { type CommandFailure, failureOf } from './failure.ts'

/** What a code of the system means to somebody who names a file. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'you have no right to do that',
  EEXIST: 'a file of that name is there',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'its path leads through a file',
  EPERM: 'you have no right to do that',
  EROFS: 'the disk is read-only',
}

/** A file that could not be read, and why. A failure that was thrown on the way stays as it is. */
export function readingFailure(what: string, error: unknown): CommandFailure {
  return fileFailure(`${what} cannot be read`, error, 'there is no such file')
}

/** A file that could not be written, and why. A failure that was thrown on the way stays as it is. */
export function writingFailure(path: string, error: unknown): CommandFailure {
  return fileFailure(`${path} cannot be written`, error, 'there is no such folder')
}

function fileFailure(what: string, error: unknown, missing: string): CommandFailure {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException
  // The text of Node repeats the path, and the call that it made.
  const reason = code === 'ENOENT' ? missing : reasons[code]
  return failureOf(what, reason === undefined ? error : new Error(reason, { cause: error }))
}
