import { describe, expect, test } from 'vitest'

/**
 * Declares tests that need something which the machine may lack. Where it is missing they are skipped with the
 * reason; on CI that is a failure, since `.ci/run` installs it.
 */
export function describeWith<Found>(
  what: string,
  found: Found | undefined,
  missing: string,
  declare: (found: Found) => void,
): void {
  describe(what, () => {
    if (found !== undefined) {
      declare(found)
      return
    }
    console.warn(`SKIPPED: ${what}: ${missing}`)
    test('has what it needs', ({ skip }) => {
      expect(process.env['CI'], missing).toBeFalsy()
      // skipped where the machine lacks it: `npm run services` installs it on Debian
      skip(missing)
    })
  })
}
