import { createHash } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, openPage, type RunningServer, startChromium, startServer } from './open-page.ts'

let server: RunningServer
let browser: Browser

/** What the bank says, wherever the page shows it. */
async function outcome(page: Page, begin: RegExp): Promise<Record<'status' | 'balance' | 'answer', string | null>> {
  const status = page.getByRole('status')
  await status.getByText(begin).waitFor()
  return {
    status: await status.textContent(),
    balance: await page.locator('#balance').textContent(),
    answer: await page
      .getByRole('list')
      .filter({ has: page.locator('.stamp') })
      .getByRole('listitem')
      .first()
      .textContent(),
  }
}

/** The lines of the request as they are shown, and its body. */
async function shownRequest(page: Page): Promise<{ start: string; fields: string[]; body: string }> {
  const lines = await page.locator('#wire .line').evaluateAll((all) => all.map((line) => line.textContent ?? ''))
  const end = lines.findIndex((line) => line.startsWith('HTTP/1.1'))
  const [start = '', ...rest] = lines.slice(0, end)
  return { start, fields: rest.slice(0, -1), body: rest.at(-1) ?? '' }
}

const transfersOf = (account: RunningServer) => account.received.filter(({ target }) => target === '/api/transfers')

describeInChromium('the page', () => {
  beforeAll(async () => {
    server = await startServer()
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.stop()
  })

  test('by mouse: a transfer runs once, and every attack is refused', async () => {
    const { page, complaints } = await openPage(browser, server.url)
    expect(await page.locator('#balance').textContent()).toBe('1000')

    await page.getByRole('button', { name: 'Sign and send' }).click()
    const executed = await outcome(page, /^Executed/)
    expect(executed.balance).toBe('975')
    expect(executed.answer).toContain('200 executed')

    for (const [button, code, kind] of [
      ['Send the same request again', '401', 'replayed'],
      ['Alter the amount and send', '401', 'invalid'],
      ['Hold one back for five minutes', '401', 'stale'],
      ['Leave the signature out', '401', 'missing'],
    ] as const) {
      await page.getByRole('button', { name: button }).click()
      const refused = await outcome(page, new RegExp(`^Refused: ${kind}`))
      expect(refused.balance).toBe('975')
      expect(refused.status).toContain('The balance is still 975.')
      expect(refused.answer).toContain(`${code} ${kind}`)
      expect(await page.locator('#wire').textContent()).toContain(`"code":"${kind}"`)
    }
    expect(complaints).toEqual([])
  })

  test('by keyboard alone', async () => {
    const { page, complaints } = await openPage(browser, server.url)
    const focused = () =>
      page.evaluate(() => document.activeElement?.textContent || document.activeElement?.getAttribute('name'))
    const tabTo = async (text: string) => {
      for (let count = 0; count < 30; count++) {
        await page.keyboard.press('Tab')
        if ((await focused())?.includes(text)) return
      }
      throw new Error(`Tab does not lead to ${text}`)
    }

    await tabTo('to')
    await page.keyboard.type('carol')
    await tabTo('amount')
    await page.keyboard.type('40')
    await page.keyboard.press('Enter')
    expect((await outcome(page, /^Executed/)).status).toBe('Executed. 40 went to carol. The balance is now 960.')

    await tabTo('Send the same request again')
    await page.keyboard.press('Enter')
    expect((await outcome(page, /^Refused: replayed/)).balance).toBe('960')
    expect(await focused()).toContain('Send the same request again')

    await tabTo('Alter the amount')
    await page.keyboard.press('Space')
    expect((await outcome(page, /^Refused: invalid/)).balance).toBe('960')

    await tabTo(';nonce=')
    expect(await page.locator('#explanation').textContent()).toContain('nothing runs twice')
    expect(complaints).toEqual([])
  })

  test('shows what the server has received, byte for byte', async () => {
    const { page } = await openPage(browser, server.url)
    const before = transfersOf(server).length
    await page.getByRole('button', { name: 'Sign and send' }).click()
    await outcome(page, /^Executed/)
    const shown = await shownRequest(page)
    await page.getByRole('button', { name: 'Send the same request again' }).click()
    await outcome(page, /^Refused/)
    const shownAgain = await shownRequest(page)

    const [first, second] = transfersOf(server).slice(before)
    expect(shown.start).toBe(`${first?.method} ${first?.target} HTTP/1.1`)
    expect(shown.body).toBe(first?.body)
    expect(fieldLines(first?.rawHeaders)).toEqual(expect.arrayContaining(shown.fields))
    expect(shown.fields.map((line) => line.split(':')[0])).toEqual([
      'host',
      'content-type',
      'content-digest',
      'signature-input',
      'signature',
    ])
    expect(shownAgain).toEqual(shown)
    expect(second).toEqual(first)
  })

  test('shows the signature base of what was sent', async () => {
    const { page } = await openPage(browser, server.url)
    await page.getByRole('button', { name: 'Sign and send' }).click()
    await outcome(page, /^Executed/)
    const lines = await page.locator('#base button').evaluateAll((all) => all.map((line) => line.textContent ?? ''))
    const { fields, body } = await shownRequest(page)
    const digest = createHash('sha256').update(body).digest('base64')
    const input = fields.find((line) => line.startsWith('signature-input: '))?.slice('signature-input: sig1='.length)
    expect(lines.slice(0, 6)).toEqual([
      '"@method": POST',
      `"@authority": ${new URL(server.url).host}`,
      '"@path": /api/transfers',
      '"@query": ?',
      `"content-digest": sha-256=:${digest}:`,
      '"content-type": application/json',
    ])
    expect(lines.slice(6).join('')).toBe(`"@signature-params": ${input}`)
  })

  test('explains each line of the base, and marks on the wire what it stands for', async () => {
    const { page } = await openPage(browser, server.url)
    await page.getByRole('button', { name: 'Sign and send' }).click()
    await outcome(page, /^Executed/)
    const explanations = new Set<string | null>()
    for (const line of await page.locator('#base button').all()) {
      await line.hover()
      const explanation = await page.locator('#explanation').textContent()
      const why = await page.locator(`#${await line.getAttribute('aria-describedby')}`).textContent()
      expect(explanation).toBe(why)
      explanations.add(explanation)
      expect(await page.locator('#wire [data-lit]').count()).toBeGreaterThan(0)
    }
    expect(explanations.size).toBe(12)
    await page.getByRole('button', { name: '"@path": ' }).focus()
    expect(await page.locator('#wire [data-lit]').allInnerTexts()).toEqual(['/api/transfers'])
  })

  test('marks what the attacker has altered, and has no base for what nobody signed', async () => {
    const { page } = await openPage(browser, server.url)
    await page.getByRole('button', { name: 'Sign and send' }).click()
    await outcome(page, /^Executed/)
    await page.getByRole('button', { name: 'Alter the amount and send' }).click()
    await outcome(page, /^Refused: invalid/)
    expect(await page.locator('[data-altered]').textContent()).toContain('"amount":250')
    await page.getByRole('button', { name: 'Leave the signature out' }).click()
    await outcome(page, /^Refused: missing/)
    expect((await shownRequest(page)).fields.join()).not.toContain('signature')
    expect(await page.locator('#base').isVisible()).toBe(false)
    expect(await page.locator('#no-base').textContent()).toContain('nobody signed')
  })

  test('says why the bank does not take an order that was signed well', async () => {
    const { page, complaints } = await openPage(browser, server.url)
    await page.getByLabel('Amount').fill('5000')
    await page.getByRole('button', { name: 'Sign and send' }).click()
    const refused = await outcome(page, /^Refused/)
    expect(refused.status).toContain('The bank says: the balance is too low.')
    expect(refused.answer).toContain('409 refused')
    expect(refused.balance).toBe('1000')
    expect(complaints).toEqual(['Failed to load resource: the server responded with a status of 409 (Conflict)'])
  })

  test('the bank logs the exact code of each refusal', async () => {
    const { page } = await openPage(browser, server.url)
    const before = server.printed.length
    await page.getByRole('button', { name: 'Sign and send' }).click()
    await outcome(page, /^Executed/)
    await page.getByRole('button', { name: 'Send the same request again' }).click()
    await outcome(page, /^Refused/)
    const transfers = () => server.printed.slice(before).filter((line) => line.endsWith('POST /api/transfers'))
    // The log comes by another way than the answers.
    await expect
      .poll(transfers, { timeout: 10_000 })
      .toEqual([expect.stringMatching(/^executed /), expect.stringMatching(/^refused {3}replayed /)])
  })
})

function fieldLines(rawHeaders: readonly string[] = []): string[] {
  const lines: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]?.toLowerCase()}: ${rawHeaders[index + 1]}`)
  }
  return lines
}
