/** Runs of one task: never two at once, and never one soon after another. */
export interface PacedRuns<Result> {
  /** Begins a run where the pause since the last one is over, or joins the one that is under way, or does neither. */
  next(): Promise<Result> | undefined
  /** A run that begins after this call, whatever the pause. Callers that wait for it together share it. */
  anew(): Promise<Result>
  /** Seconds until the pause is over, at least 1. */
  pauseSeconds(): number
}

/**
 * Paces a task.
 *
 * @param task is told the number of its run, from 1.
 * @param pauseMilliseconds from the beginning of a run to that of the next. A run that is under way for longer is
 * taken for lost: some runtimes end it together with the request that began it.
 * @param elapsed the milliseconds of a clock that never steps back.
 */
export function pacedRuns<Result>(
  task: (run: number) => Promise<Result>,
  pauseMilliseconds: number,
  elapsed: () => number,
): PacedRuns<Result> {
  let pausedUntil = Number.NEGATIVE_INFINITY
  let runs = 0
  let pending: Promise<Result> | undefined

  function begin(): Promise<Result> {
    pausedUntil = elapsed() + pauseMilliseconds
    runs++
    const run = task(runs).finally(() => {
      if (pending === run) pending = undefined
    })
    pending = run
    return run
  }

  return {
    next: () => (elapsed() >= pausedUntil ? begin() : pending),
    async anew() {
      // What runs already may have begun before the reason for this call.
      await pending
      return pending ?? begin()
    },
    pauseSeconds: () => Math.max(1, Math.ceil((pausedUntil - elapsed()) / 1000)),
  }
}
