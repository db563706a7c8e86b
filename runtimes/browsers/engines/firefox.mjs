import puppeteer from 'puppeteer-core'
import { insecureHost, taskTimeout } from './browser.mjs'

const command = '/usr/bin/firefox-esr'

/** Firefox of Debian, driven by Puppeteer over WebDriver BiDi. @type {import('./browser.mjs').Browser} */
export const firefox = {
  name: 'firefox',
  title: 'Firefox',
  command,
  async launch({ profile }) {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      protocol: 'webDriverBiDi',
      executablePath: command,
      userDataDir: profile,
      protocolTimeout: taskTimeout,
      extraPrefsFirefox: { 'network.dns.localDomains': insecureHost },
    })
    const page = await browser.newPage()
    return {
      version: async () => (await browser.version()).replace(/^\D+/, ''),
      open: (url) => page.goto(url),
      evaluate: (expression) => page.evaluate(expression),
      close: () => browser.close(),
    }
  },
}
