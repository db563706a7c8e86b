import type { Options } from 'tsup'
import { packageBuild } from '../../tsup.package.ts'

const config: Options[] = packageBuild({
  index: 'src/index.ts',
  'structured-fields': 'src/structured-fields/index.ts',
})

export default config
