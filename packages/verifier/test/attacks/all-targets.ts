import type { AttackTarget } from './target.ts'
import { express4Target, expressTarget } from './target-express.ts'
import { fastifyTarget } from './target-fastify.ts'
import { fetchTarget } from './target-fetch.ts'
import { honoFetchTarget, honoNodeTarget } from './target-hono.ts'
import { http2Target } from './target-http2.ts'
import { koaTarget } from './target-koa.ts'
import { lambdaV1Target, lambdaV2Target } from './target-lambda.ts'
import { nodeTarget } from './target-node.ts'

/** Every server adapter: each case runs against each. */
export const allTargets: readonly AttackTarget[] = [
  nodeTarget,
  http2Target,
  expressTarget,
  express4Target,
  fastifyTarget,
  koaTarget,
  fetchTarget,
  honoNodeTarget,
  honoFetchTarget,
  lambdaV2Target,
  lambdaV1Target,
]
