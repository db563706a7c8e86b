/** What became of one test. */
export interface TestResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly reason?: string
}

/** Runs tests one after the other and keeps what became of them. No runtime has to bring a test runner. */
export interface Recorder {
  test(name: string, act: () => Promise<void> | void): Promise<void>
  /** A test that this runtime cannot run, with the capability that it lacks. */
  skip(name: string, reason: string): void
  results(): readonly TestResult[]
}

/** Makes a recorder. */
export function createRecorder(): Recorder {
  const results: TestResult[] = []
  return {
    async test(name, act) {
      try {
        await act()
        results.push({ name, outcome: 'passed' })
      } catch (error) {
        results.push({ name, outcome: 'failed', reason: describeError(error) })
      }
    },
    skip: (name, reason) => void results.push({ name, outcome: 'skipped', reason }),
    results: () => results,
  }
}

/** @throws Error unless both are the same as JSON. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`)
}

/** @throws Error unless the act throws a TypeError whose message has the given part. */
export async function expectTypeError(act: () => unknown, part: string): Promise<void> {
  const thrown = await thrownBy(act)
  if (thrown === undefined) throw new Error(`expected a TypeError about ${part}, and nothing was thrown`)
  // By its name: a TypeError of another realm is no instance of this one's.
  const { name, message } = thrown as Error
  if (name === 'TypeError' && message.includes(part)) return
  throw new Error(`expected a TypeError about ${part}, got ${describeError(thrown)}`)
}

/** What an act throws, or undefined. */
export async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act()
    return undefined
  } catch (error) {
    return error ?? new Error('something empty was thrown')
  }
}

/** An error with its causes, in one line. */
export function describeError(error: unknown): string {
  const { name, message, cause } = Object(error) as Error
  if (message === undefined) return String(error)
  return cause === undefined ? `${name}: ${message}` : `${name}: ${message} (${describeError(cause)})`
}
