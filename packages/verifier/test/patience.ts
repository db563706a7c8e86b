/**
 * How long to poll for what is sure to come. A guard against hanging: on a busy machine a test may get no turn for
 * longer than the second that Vitest waits by default.
 */
export const patience = { timeout: 15_000 } as const
