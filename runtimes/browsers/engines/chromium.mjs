import { chromium as playwright } from 'playwright-core'
import { insecureHost } from './browser.mjs'

const command = '/usr/bin/chromium'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`,
]

/** Chromium of Debian, driven by Playwright. @type {import('./browser.mjs').Browser} */
export const chromium = {
  name: 'chromium',
  title: 'Chromium',
  command,
  async launch({ profile }) {
    const context = await playwright.launchPersistentContext(profile, { executablePath: command, args })
    const page = context.pages()[0] ?? (await context.newPage())
    const driver = await context.newCDPSession(page)
    return {
      // `userAgent` tells no more than the first number.
      version: async () => (await driver.send('Browser.getVersion')).product.replace(/^\D+/, ''),
      open: (url) => page.goto(url),
      evaluate: (expression) => page.evaluate(expression),
      close: () => context.close(),
    }
  },
}
