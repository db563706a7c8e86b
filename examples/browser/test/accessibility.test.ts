import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, openPage, type RunningServer, startChromium, startServer } from './open-page.ts'

let server: RunningServer
let browser: Browser

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations: found } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

async function signAndReplay(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign and send' }).click()
  await page.getByText(/^Executed\./).waitFor()
  await page.getByRole('button', { name: 'Send the same request again' }).click()
  await page.getByText(/^Refused: replayed/).waitFor()
  await page.getByRole('button', { name: ';nonce=' }).focus()
}

describeInChromium('the page is for everybody', () => {
  beforeAll(async () => {
    server = await startServer()
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.stop()
  })

  test.each(['light', 'dark'] as const)('axe finds nothing, in %s colours', async (colorScheme) => {
    const { page } = await openPage(browser, server.url, { colorScheme, reducedMotion: 'reduce' })
    expect(await violations(page)).toEqual([])
    await signAndReplay(page)
    expect(await violations(page)).toEqual([])
  })

  test.each([320, 360, 820, 1280])('nothing sticks out at %i pixels', async (width) => {
    const { page } = await openPage(browser, server.url, { viewport: { width, height: 800 } })
    await signAndReplay(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
  })

  test('the focus is seen wherever it is', async () => {
    const { page } = await openPage(browser, server.url)
    await signAndReplay(page)
    await page.getByLabel('To').focus()
    const seen = new Set<string>()
    for (let count = 0; count < 19; count++) {
      const [name, outline] = await page.evaluate(() => {
        const active = document.activeElement as HTMLElement
        return [active.textContent || active.getAttribute('name') || '', getComputedStyle(active).outlineStyle]
      })
      expect(outline, name).toBe('solid')
      seen.add(name as string)
      await page.keyboard.press('Tab')
    }
    // Two fields, the form's button, four attacks, and the twelve parts of the base.
    expect(seen.size).toBe(19)
  })

  test('nothing moves for who does not want it', async () => {
    const moving = async (reducedMotion: 'reduce' | 'no-preference') => {
      const { page } = await openPage(browser, server.url, { reducedMotion })
      await signAndReplay(page)
      return page
        .locator('.stamp')
        .first()
        .evaluate((stamp) => getComputedStyle(stamp).animationName)
    }
    expect(await moving('reduce')).toBe('none')
    expect(await moving('no-preference')).toBe('stamp')
  })

  test('one h1, a main, and a heading for each section', async () => {
    const { page } = await openPage(browser, server.url)
    expect(await page.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual([
      'Sign a request. Then try to cheat.',
    ])
    expect(await page.getByRole('main').count()).toBe(1)
    const names = ['A key of this browser', 'Sign a transfer', 'Be the attacker', 'What the bank did', 'On the wire']
    for (const name of [...names, 'The signature base']) {
      expect(await page.getByRole('region', { name }).getByRole('heading', { level: 2 }).count(), name).toBe(1)
    }
  })
})
