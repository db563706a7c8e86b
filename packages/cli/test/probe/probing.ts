import { writeFileSync } from 'node:fs'
import { ed25519, generateKey, type SignatureAlgorithm, type VerifyingKey } from '@countersign/core'
import type { ProbeReport } from '../../src/commands/probe/report/probe-report.ts'
import { countersign, type MadeWorld, type Ran } from '../made-world.ts'

/** What a probe said, with its JSON read. */
export interface Probed extends Ran {
  readonly report: ProbeReport
}

/** Runs a probe as a shell would, with JSON on standard output. */
export async function probe(args: readonly string[], made: MadeWorld = {}): Promise<Probed> {
  const ran = await countersign(['probe', ...args, '--json'], made)
  if (!ran.stdout.startsWith('{')) throw new Error(`no report: ${ran.stderr}`)
  return { ...ran, report: JSON.parse(ran.stdout) as ProbeReport }
}

/** The ids of the cases that came to this. */
export function idsOf(report: ProbeReport, outcome: ProbeReport['cases'][number]['outcome']): readonly string[] {
  return report.cases.filter((one) => one.outcome === outcome).map(({ id }) => id)
}

/** A key in a file, and what a server knows of it. */
export async function writeKey(
  path: string,
  algorithm: SignatureAlgorithm = ed25519,
  keyId = 'alice',
): Promise<VerifyingKey> {
  const { privateJwk, verifyingKey } = await generateKey(algorithm, { keyId, extractable: true })
  writeFileSync(path, JSON.stringify(privateJwk), { mode: 0o600 })
  return verifyingKey
}
