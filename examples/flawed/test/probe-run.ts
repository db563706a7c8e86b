import { expect } from 'vitest'
import { countersign } from '../../../packages/cli/test/made-world.ts'

/** One case of the probe, as `--json` prints it. */
export interface ProbedCase {
  readonly id: string
  readonly outcome: 'finding' | 'held' | 'inconclusive' | 'not-applicable'
  readonly reason?: string
  readonly evidence?: readonly object[]
}

/** What a run of the probe found. */
export interface ProbeRun {
  readonly code: number
  /** Every case that applies was played, between controls that were let in. */
  readonly complete: boolean
  readonly cases: readonly ProbedCase[]
  readonly findings: readonly string[]
  readonly inconclusive: readonly string[]
  /** Cases that were played to an end, whatever came out. */
  readonly played: readonly string[]
  /** For messages of tests: what was found, and by which requests. */
  readonly report: string
}

/** Runs the probe as a shell would, to its end. */
export async function probe(args: readonly string[]): Promise<ProbeRun> {
  const { code, stdout, stderr } = await countersign([...args, '--json'])
  expect([0, 1, 3], `the probe has not run: ${stderr}\n${stdout}`).toContain(code)
  const { cases, complete } = JSON.parse(stdout) as { cases: ProbedCase[]; complete: boolean }
  const idsOf = (...outcomes: readonly string[]): string[] =>
    cases.filter(({ outcome }) => outcomes.includes(outcome)).map(({ id }) => id)
  return {
    code,
    complete,
    cases,
    findings: idsOf('finding'),
    inconclusive: idsOf('inconclusive'),
    played: idsOf('finding', 'held'),
    report: JSON.stringify(
      cases.filter(({ outcome }) => outcome === 'finding' || outcome === 'inconclusive'),
      undefined,
      2,
    ),
  }
}
