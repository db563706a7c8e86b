import { setTimeout as sleep } from 'node:timers/promises'
import { taskTimeout } from './browser.mjs'

/** How long a driver may take to listen, and then to start its browser, in milliseconds. */
const startTimeout = 20_000

/**
 * Speaks W3C WebDriver to a driver on loopback.
 *
 * @param {string} origin of the driver
 * @param {object} capabilities what the session must have
 */
export async function createWebDriverSession(origin, capabilities) {
  await untilReady(origin)
  const body = { capabilities: { alwaysMatch: capabilities } }
  const { sessionId, capabilities: granted } = await send(`${origin}/session`, { body, timeout: startTimeout })
  const session = `${origin}/session/${sessionId}`
  return {
    /** @type {string} */
    version: granted.browserVersion,
    /** @param {number} milliseconds that a script may take */
    setScriptTimeout: (milliseconds) => send(`${session}/timeouts`, { body: { script: milliseconds } }),
    /** @param {string} url */
    open: (url) => send(`${session}/url`, { body: { url } }),
    /**
     * Gives what the promise of an expression resolves with.
     *
     * @param {string} expression
     */
    async evaluate(expression) {
      const body = { script: scriptOf(expression), args: [] }
      const { value, error } = await send(`${session}/execute/async`, { body })
      if (error === undefined) return value
      throw new Error(error)
    },
    close: () => send(session, { method: 'DELETE' }),
  }
}

/** WebDriver waits until the last argument is called. */
function scriptOf(expression) {
  return `const done = arguments[arguments.length - 1]
    Promise.resolve(${expression}).then((value) => done({ value }), (error) => done({ error: String(error) }))`
}

async function send(url, { method = 'POST', body = undefined, timeout = taskTimeout }) {
  const signal = AbortSignal.timeout(timeout)
  const response = await fetch(url, { method, signal, ...(body && { body: JSON.stringify(body) }) })
  const { value } = await response.json()
  if (response.ok) return value
  throw new Error(`${method} ${new URL(url).pathname}: ${value.error}: ${value.message}`)
}

async function untilReady(origin) {
  const giveUp = Date.now() + startTimeout
  for (;;) {
    const ready = await send(`${origin}/status`, { method: 'GET' }).then(
      (status) => status.ready,
      () => false,
    )
    if (ready) return
    if (Date.now() > giveUp) throw new Error(`nothing answers at ${origin}`)
    await sleep(50)
  }
}
