import { bodyCases } from './anybody/bodies.ts'
import { disguiseCases } from './anybody/disguises.ts'
import { fieldCases } from './anybody/fields.ts'
import { homeMadeCases } from './anybody/home-made.ts'
import { missingProofCases } from './anybody/missing-proof.ts'
import { overrideFieldCases } from './anybody/override-fields.ts'
import { replayCases } from './anybody/replay.ts'
import { requestTargetCases } from './anybody/request-target.ts'
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
  { title: 'Replay', cases: [...missingProofCases, ...replayCases] },
  { title: 'Replay in disguise', cases: disguiseCases },
  { title: 'Home-made signatures', cases: homeMadeCases },
  { title: 'Nonce and parameters', cases: nonceCases },
  { title: 'Time', cases: timeCases },
  { title: 'Coverage', cases: coverageCases },
  { title: 'Method, path and query', cases: [...requestTargetCases, ...overrideFieldCases] },
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

/** Parts of attacks that the probe leaves out of those that it tries, and why. */
export const triedInPart: Readonly<Record<number, string>> = {
  6: 'it speaks HTTP/1.1: copies follow one another on a connection, and are no streams of HTTP/2',
  7: 'other nodes and regions are those that --also names',
  8: 'another scheme takes a second port that serves it: name it with --also',
  20: 'what a refused nonce left in the store cannot be seen from outside',
  21: 'with 25 bad signatures, not 10,000',
  48: 'the memory of the server cannot be seen from outside',
  54: '_method in the query or the body is signed like the rest of them',
  65: 'a covered field split into two lines: none that is covered by default may come twice',
  80: '+ and %20, and a form that shadows the query: about names and values that only the server knows',
  88: 'similar time: a network hides it',
  89: 'calls to other machines than this one cannot be seen',
}
