import type { Stage } from '../session/stage.ts'
import type { Facts } from '../target/facts.ts'
import type { ProbeTarget } from '../target/target.ts'

/** How bad it is that a case finds something. `info` is said, and is no finding for scripts. */
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'

/** Who can do it: anybody with a captured request, or a client with a key of its own. */
export type CaseLevel = 'P' | 'K'

/** Categories of the OWASP API Security Top 10 of 2023. */
export const owasp = {
  authentication: 'API2:2023 Broken Authentication',
  resources: 'API4:2023 Unrestricted Resource Consumption',
  flows: 'API6:2023 Unrestricted Access to Sensitive Business Flows',
  serverSideRequests: 'API7:2023 Server Side Request Forgery',
  configuration: 'API8:2023 Security Misconfiguration',
} as const

/** One thing that is tried: a row of the tables. */
export interface ProbeCase {
  /** Stable: reports and scripts name it. */
  readonly id: string
  readonly title: string
  /** Numbers of the catalogue of attacks. */
  readonly attacks: readonly number[]
  readonly level: CaseLevel
  readonly severity: Severity | ((facts: Facts) => Severity)
  readonly owasp: (typeof owasp)[keyof typeof owasp]
  /** What to do about a finding. */
  readonly advice: string
  /** Each says why it is not for a target, or nothing. */
  readonly needs: readonly Need[]
  /**
   * Without a key there is one request, and a server lets it in once. So altered copies come before it, and those last
   * that a server may let in without great harm; replays come after it.
   *
   * @default 'altered'
   */
  readonly phase?: 'altered' | 'altered mildly' | 'replayed'
  /** Cases of which this one is a consequence: where one of them found something, this one says nothing new. */
  readonly follows?: readonly string[]
  readonly play: (stage: Stage) => Promise<void>
}

/** What cases have in common that send a request again, in a form or with additions that must not make it another one. */
export const replayedCopy: Pick<ProbeCase, 'follows' | 'level' | 'severity' | 'owasp' | 'phase'> = {
  follows: ['replay'],
  level: 'P',
  severity: 'high',
  owasp: owasp.authentication,
  phase: 'replayed',
}

/** What a server lets in altered, if it checks no signature. */
export const signatureUnchecked: readonly string[] = ['random-signature', 'home-made-signature-altered']

/** Why a case is not for a target; undefined where it is. */
export type Need = (target: ProbeTarget) => string | undefined

/** A condition, and what is said where it does not hold. */
function need(why: string, holds: (target: ProbeTarget) => boolean): Need {
  return (target) => (holds(target) ? undefined : why)
}

/** The names of what cases need. */
export type NeedName =
  | 'key'
  | 'signature'
  | 'standard'
  | 'credential'
  | 'body'
  | 'noBody'
  | 'contentType'
  | 'query'
  | 'severalParameters'
  | 'reading'
  | 'secondKey'
  | 'tag'
  | 'also'
  | 'waiting'
  | 'homeMadeSignature'
  | 'homeMadeTimestamp'
  | 'homeMadeNonce'

/** What cases need. */
export const needs: Readonly<Record<NeedName, Need>> = {
  key: need('needs a key (-k)', ({ facts }) => facts.keyed),
  signature: need('the request is not signed', ({ facts }) => facts.signed !== 'none'),
  standard: need('the request is not signed by RFC 9421', ({ facts }) => facts.signed === 'rfc9421'),
  credential: need(
    'nothing says who asks: there is nothing to steal',
    ({ facts }) => facts.credential || facts.signed !== 'none',
  ),
  body: need('the request has no body', ({ facts }) => facts.body),
  noBody: need('the request has a body', ({ facts }) => !facts.body),
  contentType: need('the request has no Content-Type', ({ facts }) => facts.contentType),
  query: need('the request has no query', ({ facts }) => facts.query.length > 0),
  severalParameters: need('the query has fewer than two parameters', ({ facts }) => facts.query.length > 1),
  reading: need('the method is neither GET nor HEAD', ({ facts }) => ['GET', 'HEAD'].includes(facts.method)),
  secondKey: need(
    'needs another key that the server knows (--second-key)',
    ({ secondSigner }) => secondSigner !== undefined,
  ),
  tag: need('needs the tag that the server asks for (--tag)', ({ tag }) => tag !== undefined),
  also: need('needs another node or service (--also URL)', ({ also }) => also.length > 0),
  waiting: need('takes some seconds (--wait)', ({ waitSeconds }) => waitSeconds > 0),
  homeMadeSignature: need(
    'no field with a signature of its own kind',
    ({ facts }) => facts.homeMade.signature !== undefined,
  ),
  homeMadeTimestamp: need(
    'no field with a time was recognised (--timestamp-header)',
    ({ facts }) => facts.homeMade.timestamp !== undefined,
  ),
  homeMadeNonce: need(
    'no field with a nonce was recognised (--nonce-header)',
    ({ facts }) => facts.homeMade.nonce !== undefined,
  ),
}
