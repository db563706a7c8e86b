import { describe, expect, test } from 'vitest'
import { isSignatureError } from '../../src/errors.ts'
import { parseDictionary, parseItem, parseList } from '../../src/structured-fields/index.ts'

type Parser = (text: string) => unknown

function errorOf(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

describe('each rule refuses with its place', () => {
  const refusals: [rule: string, parse: Parser, text: string, offset: number][] = [
    ['4.2 step 6: nothing follows an item', parseItem, '1 2', 2],
    ['4.2 step 6: a tab is not SP', parseItem, '1\t', 1],
    ['4.2 step 1: only SP leads', parseList, '\t1', 0],
    ['4.2.1: a comma separates members', parseList, '1 2', 2],
    ['4.2.1: no trailing comma', parseList, '1, \t', 4],
    ['4.2.1: no empty member', parseList, '1,,2', 2],
    ['4.2.1.2: an inner list ends', parseList, '(1 ', 3],
    ['4.2.1.2: an inner list ends after an item', parseList, '(1', 2],
    ['4.2.1.2: items are separated by SP', parseList, '("a""b")', 4],
    ['4.2.1.2: a tab does not separate items', parseList, '(1\t2)', 2],
    ['4.2.1.2: an inner list holds no list', parseList, '((1))', 1],
    ['4.2.1.2: an item is no inner list', parseItem, '(1)', 0],
    ['4.2.2: a comma separates members', parseDictionary, 'a=1 b=2', 4],
    ['4.2.2: no trailing comma', parseDictionary, 'a=1,', 4],
    ['4.2.2: a value follows =', parseDictionary, 'a=', 2],
    ['4.2.2: no space around =', parseDictionary, 'a= 1', 2],
    ['4.2.3.1: an empty text is no item', parseItem, '', 0],
    ['4.2.3.1: the type is recognized', parseItem, '{}', 0],
    ['4.2.3.1: the type is recognized beyond ASCII', parseItem, '\u00e9', 0],
    ['4.2.3.2: a tab does not precede a parameter', parseItem, 'a;\tb', 2],
    ['4.2.3.2: a key follows ;', parseItem, 'a;', 2],
    ['4.2.3.2: a value follows =', parseItem, 'a;b=', 4],
    ['4.2.3.2: a parameter is no inner list', parseItem, 'a;b=(1)', 4],
    ['4.2.3.3: a key is lowercase', parseDictionary, 'A=1', 0],
    ['4.2.3.3: a key does not begin with a digit', parseDictionary, '1a=1', 0],
    ['4.2.4: a sign needs a digit', parseItem, '-', 1],
    ['4.2.4: 15 digits', parseItem, '1234567890123456', 0],
    ['4.2.4: 15 digits after the sign', parseItem, '-1234567890123456', 1],
    ['4.2.4: 12 digits before the point', parseItem, '1234567890123.0', 0],
    ['4.2.4: 12 digits before the point, though 15 are an integer', parseItem, '123456789012345.1', 0],
    ['4.2.4: a digit before the point', parseItem, '-.5', 1],
    ['4.2.4: a digit after the point', parseItem, '1.', 2],
    ['4.2.4: 3 digits after the point', parseItem, '0.0000', 2],
    ['4.2.5: a string ends', parseItem, '"a', 2],
    ['4.2.5: a string does not end in an escape', parseItem, '"a\\', 2],
    ['4.2.5: an escaped quote does not end a string', parseItem, '"a\\"', 4],
    ['4.2.5: only " and \\ are escaped', parseItem, '"a\\n"', 2],
    ['4.2.5: no tab', parseItem, '"a\t"', 2],
    ['4.2.5: no DEL', parseItem, '"a\x7f"', 2],
    ['4.2.5: no letter beyond ASCII', parseItem, '"a\u0142"', 2],
    ['4.2.7: a byte sequence ends', parseItem, ':AAAA', 1],
    ['4.2.7: no space in base64', parseItem, ':AA AA:', 1],
    ['4.2.7: no line feed in base64', parseItem, ':AAAA\n:', 1],
    ['4.2.7: no base64url', parseItem, ':-_==:', 1],
    ['4.2.7: a single character is no base64', parseItem, ':A:', 1],
    ['4.2.7: padding alone is no base64', parseItem, ':====:', 1],
    ['4.2.7: nothing after the padding', parseItem, ':AA==AA==:', 1],
    ['4.2.8: a boolean has a digit', parseItem, '?', 0],
    ['4.2.8: a boolean is 0 or 1', parseItem, '?2', 0],
    ['4.2.9: a date is an integer', parseItem, '@1.5', 0],
    ['4.2.9: a date has a digit', parseItem, '@', 1],
    ['4.2.9: a date has 15 digits', parseItem, '@1234567890123456', 1],
    ['4.2.10: a display string begins with %"', parseItem, '%a"', 0],
    ['4.2.10: a display string ends', parseItem, '%"a', 2],
    ['4.2.10: two digits follow %', parseItem, '%"%a"', 4],
    ['4.2.10: two digits follow % at the end', parseItem, '%"%"', 3],
    ['4.2.10: the digits end with f', parseItem, '%"%0g"', 4],
    ['4.2.10: the digits are lowercase', parseItem, '%"%C3%BC"', 3],
    ['4.2.10: no control character', parseItem, '%"\x1f"', 2],
    ['4.2.10: no letter beyond ASCII', parseItem, '%"\u00fc"', 2],
    ['4.2.10: a surrogate is not UTF-8', parseItem, '%"%ed%a0%80"', 2],
    ['4.2.10: an overlong form is not UTF-8', parseItem, '%"%c0%af"', 2],
    ['4.2.10: a cut sequence is not UTF-8', parseItem, '%"%e2%82"', 2],
  ]

  test.each(refusals)('%s', (_rule, parse, text, offset) => {
    const error = errorOf(() => parse(text))
    expect(error).toMatchObject({ name: 'SignatureError', code: 'malformed_structured_field' })
    expect(isSignatureError(error)).toBe(true)
    expect(error.message).toMatch(new RegExp(`, at offset ${offset}$`))
  })

  test('a text that was cut is told from one with a foreign character', () => {
    expect(errorOf(() => parseItem('"a')).message).toContain('a string does not end')
    expect(errorOf(() => parseItem('"a\t"')).message).toContain('printable ASCII')
    expect(errorOf(() => parseList('(a ')).message).toContain('an inner list does not end')
  })

  test.each([
    'sig1=:c2VjcmV0',
    'sig1=:c2VjcmV0!:',
    'nonce="c2VjcmV0',
    'nonce="c2VjcmV0\\x"',
    'nonce=%"c2VjcmV0%zz"',
    'a;nonce=c2VjcmV0"',
    'c2VjcmV0 c2VjcmV0',
    'a=(c2VjcmV0',
    'a=c2VjcmV0,',
  ])('no message quotes the text: %s', (text) => {
    expect(errorOf(() => parseDictionary(text)).message).not.toContain('c2VjcmV0')
  })
})

test('a cause is never attached: it could quote the text', () => {
  expect(errorOf(() => parseItem('%"%ff"')).cause).toBeUndefined()
})
