import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, openPage, type RunningServer, startChromium, startServer } from './open-page.ts'

let server: RunningServer
let browser: Browser

describeInChromium('the key', () => {
  beforeAll(async () => {
    server = await startServer()
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.stop()
  })

  const nameOf = (page: Page) => page.locator('#key code').textContent()

  test('is kept over a reload, and cannot be exported', async () => {
    const { page } = await openPage(browser, server.url)
    const name = await nameOf(page)
    expect(await page.locator('#key').textContent()).toContain('made just now')
    await page.reload()
    await page.getByText('was here already').waitFor()
    expect(await nameOf(page)).toBe(name)
    await page.getByRole('button', { name: 'Sign and send' }).click()
    await page.getByText(/^Executed\./).waitFor()
    expect(await page.locator('#balance').textContent()).toBe('975')

    const attempts = await page.evaluate(exportStoredKeys)
    expect(attempts).toEqual([
      { format: 'jwk', extractable: false, failure: 'InvalidAccessError' },
      { format: 'pkcs8', extractable: false, failure: 'InvalidAccessError' },
    ])
  })

  test('is another one for another visitor, whose account is another one too', async () => {
    const [first, second] = [await openPage(browser, server.url), await openPage(browser, server.url)]
    expect(await nameOf(first.page)).not.toBe(await nameOf(second.page))
    await first.page.getByRole('button', { name: 'Sign and send' }).click()
    await first.page.getByText(/^Executed\./).waitFor()
    await second.page.reload()
    await second.page.getByRole('status').getByText('Ready.').waitFor()
    expect(await second.page.locator('#balance').textContent()).toBe('1000')
  })

  test('is out of reach for a script that was injected: none runs', async () => {
    const { page, complaints } = await openPage(browser, server.url)
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.append('document.title = "injected"')
      document.body.append(script)
    })
    const markup = page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>'))
    await expect(markup).rejects.toThrow('TrustedHTML')
    expect(await page.title()).toBe('Countersign: a request that works once')
    expect(complaints.join()).toContain('TrustedScript')
  })

  /** Runs in the page: whatever the store of the key holds, and what WebCrypto gives out of it. */
  async function exportStoredKeys(): Promise<readonly object[]> {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('countersign')
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    const name = database.objectStoreNames[0] as string
    const [record] = await new Promise<{ current: { privateKey: CryptoKey } }[]>((resolve) => {
      const request = database.transaction(name).objectStore(name).getAll()
      request.onsuccess = () => resolve(request.result)
    })
    const key = record?.current.privateKey as CryptoKey
    const attempts: object[] = []
    for (const format of ['jwk', 'pkcs8'] as const) {
      const failure = await crypto.subtle.exportKey(format, key).then(
        () => 'none',
        (error: DOMException) => error.name,
      )
      attempts.push({ format, extractable: key.extractable, failure })
    }
    return attempts
  }
})
