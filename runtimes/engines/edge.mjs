import { createRequire } from 'node:module'
import { bundleSuite } from '../bundle.mjs'
import { everything } from './runtime.mjs'

let started

/** The bundle is evaluated once. `conditions` are those of Next.js for its edge runtime. */
function start() {
  started ??= (async () => {
    const { EdgeVM } = await import('@edge-runtime/vm')
    const vm = new EdgeVM()
    vm.evaluate(await bundleSuite({ conditions: ['edge-light', 'worker', 'browser'], platform: 'browser' }))
    return vm
  })()
  return started
}

/** The Edge Runtime of Next.js and Vercel Functions. @type {import('./runtime.mjs').Runtime} */
export const edge = {
  name: 'edge',
  title: 'Edge Runtime',
  capabilities: everything,
  available: async () => true,
  version: async () => {
    const require = createRequire(import.meta.url)
    return require(require.resolve('@edge-runtime/vm/package.json')).version
  },
  // A text crosses the border between the two realms, an object would not be one of ours.
  run: async (task) => {
    const vm = await start()
    const program = `countersignSuite.runTask(JSON.parse(${JSON.stringify(JSON.stringify(task))})).then(JSON.stringify)`
    return JSON.parse(await vm.evaluate(program))
  },
}
