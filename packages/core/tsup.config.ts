import { packageBuild } from '../../tsup.package.ts'

export default packageBuild({
  index: 'src/index.ts',
  'structured-fields': 'src/structured-fields/index.ts',
})
