import type { Options } from 'tsup'
import { packageBuild } from '../../tsup.package.ts'

const config: Options[] = packageBuild({
  index: 'src/index.ts',
  node: 'src/adapters/node.ts',
  sqlite: 'src/replay/sqlite/store.ts',
  'replay-store-conformance': 'src/replay/conformance.ts',
})

export default config
