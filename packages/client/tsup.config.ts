import type { Options } from 'tsup'
import { packageBuild } from '../../tsup.package.ts'

const config: Options[] = packageBuild({
  index: 'src/index.ts',
  explain: 'src/explain-refusal.ts',
  keys: 'src/key-storage/index.ts',
})

export default config
