import { createRequire } from 'node:module'
import { bundleSuite } from '../bundle.mjs'
import { everything } from './runtime.mjs'

let running

/** One isolate for all tasks, started at the first. `conditions` are those of wrangler. */
function start() {
  running ??= (async () => {
    const { Miniflare } = await import('miniflare')
    const suite = await bundleSuite({
      entry: 'engines/hosted/worker.ts',
      conditions: ['workerd', 'worker', 'browser'],
      platform: 'browser',
      format: 'esm',
    })
    const modules = [
      { type: 'ESModule', path: 'main.mjs', contents: "export { worker as default } from './suite.mjs'" },
      { type: 'ESModule', path: 'suite.mjs', contents: suite },
    ]
    const worker = new Miniflare({ modules, compatibilityDate: '2026-04-01', host: '127.0.0.1', port: 0 })
    const url = await worker.ready
    return { worker, origin: url.origin }
  })()
  return running
}

/** @param {string} path @param {object} content */
async function post(path, content) {
  const { origin } = await start()
  const response = await fetch(origin + path, { method: 'POST', body: JSON.stringify(content) })
  if (response.ok) return response
  throw new Error(`workerd answered ${response.status}: ${await response.text()}`)
}

async function close() {
  const stopping = running
  running = undefined
  await (await stopping)?.worker.dispose()
}

/** workerd, the runtime of Cloudflare Workers, as miniflare starts it. @type {import('./runtime.mjs').Runtime} */
export const workerd = {
  name: 'workerd',
  title: 'workerd',
  capabilities: everything,
  available: async () => true,
  version: async () =>
    createRequire(createRequire(import.meta.url).resolve('miniflare'))('workerd/package.json').version,
  run: async (task) => (await (await post('/.task', task)).json()).result,
  serve: async ({ keys }) => {
    const { origin } = await start()
    await post('/.serve', { keys, origin })
    return { origin, close }
  },
  close,
}
