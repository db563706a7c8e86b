import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Starts a browser with a profile of its own, which is deleted when it is closed.
 *
 * @param {import('./engines/browser.mjs').Browser} browser
 */
export async function openBrowser(browser) {
  const profile = mkdtempSync(join(tmpdir(), `countersign-${browser.name}-`))
  let window = await browser.launch({ profile })
  return {
    version: () => window.version(),
    /**
     * Opens the page of a page server.
     *
     * @param {string} origin
     */
    open: (origin) => window.open(`${origin}/`),
    /**
     * Calls a function of the page. All that goes in and comes out is JSON.
     *
     * @param {string} name
     * @param {unknown} [argument]
     */
    async call(name, argument = null) {
      // As text, since an object literal takes "__proto__" for something else, and drivers have formats of their own.
      const text = JSON.stringify(JSON.stringify(argument))
      const answer = await window.evaluate(
        `countersignSuite[${JSON.stringify(name)}](JSON.parse(${text})).then((value) => JSON.stringify(value ?? null))`,
      )
      return JSON.parse(answer)
    },
    /** Ends the browser and starts it again with the same profile. */
    async restart() {
      await window.close()
      window = await browser.launch({ profile })
    },
    async close() {
      await window.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
