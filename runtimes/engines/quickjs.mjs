import { createRequire } from 'node:module'
import { newQuickJSWASMModule } from 'quickjs-emscripten'
import { bundleSuite } from '../bundle.mjs'
import { engineAlone, polyfills } from './bare.mjs'

/**
 * @param {{ name: string, title: string, random: boolean, curves: boolean }} options
 * @returns {import('./runtime.mjs').Runtime}
 */
function quickJs({ name, title, random, curves }) {
  return {
    name,
    title,
    capabilities: { ...engineAlone, random, curves },
    signs: curves,
    available: async () => true,
    version: async () => {
      const require = createRequire(import.meta.url)
      return `quickjs-emscripten ${require('quickjs-emscripten/package.json').version}`
    },
    run: async (task) => {
      const bundle = await bundleSuite({ curves })
      return runInside((random ? polyfills() : '') + bundle, task)
    },
  }
}

/** Evaluates a program and a task in a context of their own, and turns its queue of promise jobs until it is empty. */
async function runInside(program, task) {
  const module = await newQuickJSWASMModule()
  const context = module.newContext()
  const evaluate = (code) => context.unwrapResult(context.evalCode(code)).consume((handle) => context.dump(handle))
  evaluate(`${program};0`)
  context.newString(JSON.stringify(task)).consume((handle) => context.setProp(context.global, 'taskText', handle))
  evaluate(`countersignSuite.runTask(JSON.parse(taskText)).then(
    (result) => { globalThis.answer = JSON.stringify({ result }) },
    (error) => { globalThis.answer = JSON.stringify({ error: String(error) + error.stack }) },
  ); 0`)
  while (context.runtime.hasPendingJob()) context.unwrapResult(context.runtime.executePendingJobs()).toString()
  const { result, error } = JSON.parse(evaluate('globalThis.answer'))
  context.dispose()
  if (error !== undefined) throw new Error(error)
  return result
}

/** QuickJS with what a user adds: random numbers and `@noble/curves`. And QuickJS as it is. */
export const quickJsEngines = [
  quickJs({ name: 'quickjs', title: 'QuickJS', random: true, curves: true }),
  quickJs({ name: 'quickjs-bare', title: 'QuickJS, nothing added', random: false, curves: false }),
]
