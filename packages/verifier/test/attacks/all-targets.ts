import type { AttackTarget } from './target.ts'
import { fetchTarget } from './target-fetch.ts'
import { nodeTarget } from './target-node.ts'

/** Every server adapter: each case runs against each. */
export const allTargets: readonly AttackTarget[] = [nodeTarget, fetchTarget]
