import type { Options } from 'tsup'
import { packageBuild } from '../../tsup.package.ts'

const config: Options[] = packageBuild({
  index: 'src/index.ts',
  node: 'src/adapters/node.ts',
  express: 'src/adapters/express.ts',
  fastify: 'src/adapters/fastify.ts',
  koa: 'src/adapters/koa.ts',
  hono: 'src/adapters/hono.ts',
  lambda: 'src/adapters/lambda.ts',
  explain: 'src/explain/explain-refusals.ts',
  doctor: 'src/adapters/doctor.ts',
  sqlite: 'src/replay/sqlite/store.ts',
  redis: 'src/replay/redis/store.ts',
  postgres: 'src/replay/postgres/store.ts',
  'replay-store-conformance': 'src/replay/conformance.ts',
})

export default config
