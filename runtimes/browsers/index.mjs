import { existsSync } from 'node:fs'
import { insecureHost } from './engines/browser.mjs'
import { chromium } from './engines/chromium.mjs'
import { firefox } from './engines/firefox.mjs'
import { webkit } from './engines/webkit.mjs'
import { openBrowser } from './open-browser.mjs'
import { startPageServer } from './servers/page-server.mjs'

/** All browsers. */
export const engines = [chromium, firefox, webkit]

/** A secret that a page holds is one for everybody who opens the page. @type {import('../suite/task.ts').Capabilities} */
const secure = { subtle: true, random: true, curves: true, rsa: true, fetch: true, secrets: false }

/** Neither https nor loopback: there is no crypto.subtle, and noble has no RSA. @type {typeof secure} */
const insecure = { ...secure, subtle: false, rsa: false }

/**
 * A browser as a runtime of the suite: a page at one origin, which calls a server at another.
 *
 * @param {import('./engines/browser.mjs').Browser} engine
 * @param {{ host: string, suffix: string, capabilities: typeof secure }} place
 * @returns {import('../engines/runtime.mjs').Runtime}
 */
function runtimeOf(engine, { host, suffix, capabilities }) {
  let opening
  const open = async () => {
    const [server, browser] = await Promise.all([startPageServer(), openBrowser(engine)])
    await browser.open(server.originOf(host))
    return { server, browser }
  }
  const opened = async () => {
    opening ??= open()
    return (await opening).browser
  }
  return {
    name: `${engine.name}${suffix && `-${suffix}`}`,
    title: `${engine.title}${suffix && `, ${suffix} origin`}`,
    capabilities,
    host,
    available: async () => existsSync(engine.command) || 'not installed: bash tools/install/runtimes.sh',
    version: async () => (await opened()).version(),
    run: async (task) => (await opened()).call('runTask', task),
    async close() {
      const closing = await opening
      opening = undefined
      await closing?.browser.close()
      await closing?.server.close()
    },
  }
}

/** Each browser, at a secure origin and at an insecure one. */
export const browsers = engines.flatMap((engine) => [
  runtimeOf(engine, { host: '127.0.0.1', suffix: '', capabilities: secure }),
  runtimeOf(engine, { host: insecureHost, suffix: 'insecure', capabilities: insecure }),
])
