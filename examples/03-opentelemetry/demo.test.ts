import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'

/** What the exporter got. */
interface Point {
  readonly metric: string
  readonly attributes: Readonly<Record<string, string>>
  readonly value: number | { readonly count: number; readonly sum: number }
}

async function runDemo(...options: readonly string[]): Promise<string> {
  const demo = fileURLToPath(new URL('demo.mjs', import.meta.url))
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo, ...options], { env })
  expect(stderr).toBe('')
  return stdout
}

describe('the metrics of the traffic', () => {
  let sent: readonly { readonly status: number }[]
  let points: readonly Point[]
  beforeAll(async () => {
    const output = JSON.parse(await runDemo('--json'))
    sent = output.sent
    points = output.points
  })

  const counted = (name: string): unknown => {
    return points.flatMap(({ metric, attributes, value }) => (metric === name ? [{ ...attributes, value }] : []))
  }

  test('the answers are as they should be', () => {
    expect(sent.map(({ status }) => status)).toEqual([503, 200, 200, 200, 401, 401, 401, 401])
  })

  test('count what was let in', () => {
    expect(counted('countersign.requests.accepted')).toEqual([{ value: 3 }])
  })

  test('count what was refused, by code and kind', () => {
    expect(counted('countersign.requests.refused')).toEqual([
      { code: 'replay_store_starting', kind: 'unavailable', value: 1 },
      { code: 'replayed', kind: 'replayed', value: 1 },
      { code: 'digest_mismatch', kind: 'invalid', value: 1 },
      { code: 'missing_signature', kind: 'missing', value: 1 },
      { code: 'stale', kind: 'stale', value: 1 },
    ])
  })

  test('measure the store wherever it was asked, and nowhere else', () => {
    expect(counted('countersign.store.duration')).toMatchObject([
      { outcome: 'refused', value: { count: 2 } },
      { outcome: 'accepted', value: { count: 3 } },
    ])
  })

  test('tell that the floor was raised, since the store had no history', () => {
    expect(counted('countersign.store.floor_raised')).toEqual([{ store: 'memory', reason: 'no-history', value: 1 }])
  })
})

test('the demo prints them as tables that fit into 80 columns', async () => {
  const printed = await runDemo()
  expect(printed).toMatch(/^third order, replayed +401$/m)
  expect(printed).toMatch(/^countersign\.requests\.accepted +3$/m)
  expect(printed).toMatch(/^countersign\.requests\.refused +digest_mismatch invalid +1$/m)
  expect(printed).toMatch(/^countersign\.store\.duration +accepted +3 x \d+\.\d\d ms$/m)
  expect(printed).toMatch(/^countersign\.store\.floor_raised +memory no-history +1$/m)
  expect(printed.split('\n').filter((line) => line.length > 80)).toEqual([])
})
