import { expect, test, vi } from 'vitest'
import { painter } from '../command-line.mjs'

test.each([
  [true, '', '\u001b[31mwrong\u001b[0m'],
  [true, '1', 'wrong'],
  [false, '', 'wrong'],
])('on a terminal: %s, NO_COLOR: %j', (isTTY, noColor, text) => {
  vi.stubEnv('NO_COLOR', noColor)
  expect(painter({ isTTY })('red', 'wrong')).toBe(text)
  vi.unstubAllEnvs()
})
