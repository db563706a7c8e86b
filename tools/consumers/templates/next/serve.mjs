// Starts the built bank, opens its page with all of its scripts, and prints what the page shows in the end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { JSDOM, VirtualConsole } from 'jsdom'

/** How often to look, and how many times, until the server answers or the page shows something. */
const pauseMilliseconds = 50
const attempts = 400

const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const server = spawn(
  process.execPath,
  ['node_modules/next/dist/bin/next', 'start', 'bank', '--hostname', '127.0.0.1', '--port', `${port}`],
  { env: { ...process.env, ORIGIN: origin }, stdio: ['ignore', 'ignore', 'inherit'] },
)
try {
  await until(() =>
    fetch(origin).then(
      () => true,
      () => undefined,
    ),
  )
  console.log(await shownBy(origin))
} finally {
  const gone = once(server, 'exit')
  server.kill()
  await gone
}
// jsdom keeps timers of the page.
process.exit()

/** @returns {Promise<number>} a port of the loopback interface that nobody uses */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const found = probe.address().port
  probe.close()
  await once(probe, 'close')
  return found
}

/**
 * @param {string} url
 * @returns {Promise<string>} what the page writes into its `output`
 */
async function shownBy(url) {
  const virtualConsole = new VirtualConsole().on('jsdomError', (error) => console.error(error))
  const dom = await JSDOM.fromURL(`${url}/`, {
    runScripts: 'dangerously',
    resources: 'usable',
    pretendToBeVisual: true,
    virtualConsole,
    beforeParse: lendWebGlobals,
  })
  return until(() => dom.window.document.querySelector('output')?.textContent || undefined)
}

/** What browsers have and jsdom has not. */
function lendWebGlobals(window) {
  for (const name of ['fetch', 'Headers', 'Request', 'Response', 'TextDecoder', 'TextEncoder', 'MessageChannel']) {
    window[name] = globalThis[name]
  }
  for (const name of ['ReadableStream', 'TransformStream', 'WritableStream', 'Uint8Array', 'ArrayBuffer']) {
    window[name] = globalThis[name]
  }
  Object.defineProperty(window, 'crypto', { value: crypto })
}

/**
 * @template T
 * @param {() => T | undefined | Promise<T | undefined>} look
 * @returns {Promise<T>} the first answer
 */
async function until(look) {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await look()
    if (found !== undefined) return found
    await delay(pauseMilliseconds)
  }
  throw new Error('waited in vain')
}
