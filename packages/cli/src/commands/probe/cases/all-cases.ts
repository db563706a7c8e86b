import { bodyCases } from './anybody/bodies.ts'
import { controlDataCases } from './anybody/control-data.ts'
import { disguiseCases } from './anybody/disguises.ts'
import { fieldCases } from './anybody/fields.ts'
import { homeMadeCases } from './anybody/home-made.ts'
import { replayCases } from './anybody/replay.ts'
import type { ProbeCase } from './case.ts'
import { signedBodyCases } from './key-holder/bodies.ts'
import { coverageCases } from './key-holder/coverage.ts'
import { identityCases } from './key-holder/identity.ts'
import { nonceCases } from './key-holder/nonces.ts'
import { otherKeyCases } from './key-holder/others.ts'
import { timeCases } from './key-holder/time.ts'

/** A part of the report. */
export interface CaseGroup {
  readonly title: string
  readonly cases: readonly ProbeCase[]
}

/** Every case, in the order in which it is played and reported. */
export const caseGroups: readonly CaseGroup[] = [
  { title: 'Replay', cases: replayCases },
  { title: 'Replay in disguise', cases: disguiseCases },
  { title: 'Home-made signatures', cases: homeMadeCases },
  { title: 'Nonce and parameters', cases: nonceCases },
  { title: 'Time', cases: timeCases },
  { title: 'Coverage', cases: coverageCases },
  { title: 'Method, path and query', cases: controlDataCases },
  { title: 'Body', cases: [...bodyCases, ...signedBodyCases] },
  { title: 'Fields', cases: fieldCases },
  { title: 'Keys and identity', cases: [...identityCases, ...otherKeyCases] },
]

/** The cases of all groups. */
export const allCases: readonly ProbeCase[] = caseGroups.flatMap((group) => group.cases)

/** Attacks that cannot be tried from outside, or not fairly, and why. The tests of the verifier try them. */
export const leftOut: Readonly<Record<number, string>> = {
  28: 'the clock of a live server cannot be moved',
  29: 'the clock of a live server cannot be moved',
  30: 'a live server cannot be restarted from outside',
  76: 'inside the process: the corpus of structured fields',
  77: 'about the signer',
  78: 'about the signer',
  79: 'a property of the signature base',
  81: 'compares adapters with one another',
  86: 'about importing keys',
  90: 'about the key resolver',
  91: 'about importing keys, and timing that a network hides',
  92: 'kills processes',
  93: 'restarts a server',
  94: 'would fill the store of a live server',
  95: 'takes the store down',
  96: 'takes the store down',
  97: 'empties the store',
  98: 'about the configuration of the store',
  100: 'about the processes of one machine: replay-concurrent asks the same from outside',
  101: 'about the client',
  102: 'about the client',
  103: 'about the client',
  104: 'about browsers',
  105: 'about browsers',
  106: 'about shared caches',
  107: 'about the client',
  108: 'about the client',
  109: 'about the client',
  110: 'about logs and errors',
}
