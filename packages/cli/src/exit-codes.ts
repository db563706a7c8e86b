/** The exit codes of every command, so that scripts can rely on them. */
export const exitCodes = {
  /** The command did what it was told, or the answer is yes. */
  done: 0,
  /** The answer is no: a signature was refused, a probe found something. */
  no: 1,
  /** The arguments are wrong. Nothing was done. */
  usage: 2,
  /** It could not be done: a host that is not reached, a file that cannot be read, a key that is unfit. */
  failed: 3,
  /** Ctrl-C, as shells say it: 128 + SIGINT. */
  interrupted: 130,
} as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What `--help` says of exit codes. */
export const exitCodeHelp = `Exit codes:
  0    done, or the answer is yes
  1    the answer is no: refused, or something was found
  2    wrong arguments
  3    it could not be done: unreachable, unreadable, unfit
  130  Ctrl-C`
