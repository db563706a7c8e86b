import { describe } from 'vitest'
import { allTargets } from './all-targets.ts'
import { algorithmAttacks } from './cases/algorithms.ts'
import { asymmetricAttacks } from './cases/asymmetric.ts'
import { baselineAttacks, rewritingAttacks } from './cases/baseline.ts'
import { digestAttacks, framingAttacks, oversizeAttacks } from './cases/bodies.ts'
import { controlDataAttacks } from './cases/control-data.ts'
import { claimedAttacks, copyAttacks, otherOriginAttacks } from './cases/copies.ts'
import { coverageAttacks } from './cases/coverage.ts'
import { componentAttacks } from './cases/covered-components.ts'
import { fieldAttacks } from './cases/fields.ts'
import { keyIdAttacks } from './cases/key-ids.ts'
import { lifetimeAttacks, resolverAttacks } from './cases/key-resolvers.ts'
import { burningAttacks, nonceAttacks } from './cases/nonces.ts'
import { oracleAttacks } from './cases/oracles.ts'
import { collidingNameAttacks, sharedNonceAttacks } from './cases/principals.ts'
import { queryParameterAttacks } from './cases/query-parameters.ts'
import { widenedWindowAttacks } from './cases/restart.ts'
import { freshnessOnlyAttacks, routeAttacks } from './cases/routes.ts'
import { serverNonceAttacks } from './cases/server-nonces.ts'
import { companionAttacks, junkAttacks, tagAttacks } from './cases/several-signatures.ts'
import { signatureFieldAttacks } from './cases/signature-fields.ts'
import { abortAttacks, dribbleAttacks } from './cases/slow-body.ts'
import { capacityAttacks, floodAttacks, outageAttacks, startAttacks } from './cases/stores.ts'
import { tamperingAttacks, unsignedFieldAttacks } from './cases/tampering.ts'
import { authorityAttacks, requestTargetAttacks, trustedFieldAttacks } from './cases/targets-of-requests.ts'
import { clockExcursionAttacks, clockStepAttacks, deadlineAttacks, parameterAttacks } from './cases/time.ts'
import type { AttackTarget } from './target.ts'

type Attacks = (target: AttackTarget) => void

type GroupName =
  | 'baseline and replay'
  | 'time'
  | 'coverage and tampering'
  | 'canonicalization and parsing'
  | 'keys, algorithms, identity'
  | 'stores and operation'

/** The catalogue by its chapters. */
const groups: Readonly<Record<GroupName, readonly Attacks[]>> = {
  'baseline and replay': [
    baselineAttacks,
    copyAttacks,
    claimedAttacks,
    otherOriginAttacks,
    dribbleAttacks,
    abortAttacks,
    rewritingAttacks,
    sharedNonceAttacks,
    collidingNameAttacks,
    nonceAttacks,
    burningAttacks,
    freshnessOnlyAttacks,
    serverNonceAttacks,
  ],
  time: [deadlineAttacks, parameterAttacks, clockStepAttacks, clockExcursionAttacks, widenedWindowAttacks],
  'coverage and tampering': [
    coverageAttacks,
    controlDataAttacks,
    tamperingAttacks,
    unsignedFieldAttacks,
    trustedFieldAttacks,
    digestAttacks,
    oversizeAttacks,
    framingAttacks,
  ],
  'canonicalization and parsing': [
    requestTargetAttacks,
    authorityAttacks,
    fieldAttacks,
    componentAttacks,
    signatureFieldAttacks,
    queryParameterAttacks,
    routeAttacks,
  ],
  'keys, algorithms, identity': [
    companionAttacks,
    junkAttacks,
    tagAttacks,
    algorithmAttacks,
    asymmetricAttacks,
    oracleAttacks,
    keyIdAttacks,
    resolverAttacks,
    lifetimeAttacks,
  ],
  'stores and operation': [startAttacks, capacityAttacks, floodAttacks, outageAttacks],
}

/** One chapter, against every adapter. */
export function describeGroup(group: GroupName): void {
  describe.each(allTargets)(`${group}: $name`, (target) => {
    for (const attacks of groups[group]) attacks(target)
  })
}

/** The whole catalogue against one adapter, for one that is not among {@link allTargets}. */
export function describeAttacks(target: AttackTarget): void {
  describe(`every attack: ${target.name}`, () => {
    for (const attacks of Object.values(groups).flat()) attacks(target)
  })
}
