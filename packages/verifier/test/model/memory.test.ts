import { describe } from 'vitest'
import { memoryEngine } from './engines.ts'
import { itAgrees } from './model-test.ts'

describe('the memory store', () => {
  itAgrees(memoryEngine, { histories: 10_000, least: { replay_store_starting: 10 } })
})
