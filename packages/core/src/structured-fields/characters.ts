/** Codes of the characters that mean something by themselves (RFC 9651 section 3). */
export const tab = 0x09
export const space = 0x20
export const quote = 0x22
export const percent = 0x25
export const openParenthesis = 0x28
export const closeParenthesis = 0x29
export const comma = 0x2c
export const minus = 0x2d
export const point = 0x2e
export const zero = 0x30
export const one = 0x31
export const colon = 0x3a
export const semicolon = 0x3b
export const equals = 0x3d
export const question = 0x3f
export const at = 0x40
export const backslash = 0x5c

/** lcalpha or `*`: how a key begins (RFC 9651 3.1.2). */
export const keyStart = 1
/** lcalpha, DIGIT, `_`, `-`, `.` or `*`: how a key goes on (RFC 9651 3.1.2). */
export const keyPart = 2
/** ALPHA or `*`: how a token begins (RFC 9651 3.3.4). */
export const tokenStart = 4
/** tchar of RFC 9110 5.6.2, `:` or `/`: how a token goes on (RFC 9651 3.3.4). */
export const tokenPart = 8
/** VCHAR or SP without `"` and `\`: what a String holds as it is (RFC 9651 3.3.3). */
export const unescaped = 16
/** VCHAR or SP without `"` and `%`: what a Display String holds as it is (RFC 9651 3.3.8). */
export const unencoded = 32
/** DIGIT. */
export const digit = 64

const lowercase = 'abcdefghijklmnopqrstuvwxyz'
const uppercase = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const digits = '0123456789'

/** One byte of class bits for each ASCII character. No grammar of RFC 9651 admits any other character. */
const classes: Uint8Array = /* @__PURE__ */ characterClasses()

function characterClasses(): Uint8Array {
  const table = new Uint8Array(128)
  const add = (characterClass: number, characters: string): void => {
    for (const character of characters) {
      const code = character.charCodeAt(0)
      table[code] = (table[code] as number) | characterClass
    }
  }
  add(keyStart, `${lowercase}*`)
  add(keyPart, `${lowercase}${digits}_-.*`)
  add(tokenStart, `${lowercase}${uppercase}*`)
  add(tokenPart, `${lowercase}${uppercase}${digits}!#$%&'*+-.^_\`|~:/`)
  add(digit, digits)
  for (let code = space; code <= 0x7e; code++) {
    if (code !== quote && code !== backslash) add(unescaped, String.fromCharCode(code))
    if (code !== quote && code !== percent) add(unencoded, String.fromCharCode(code))
  }
  return table
}

/** Whether a character belongs to a class. `NaN`, which `charCodeAt` gives past the end, belongs to none. */
export function isOf(characterClass: number, code: number): boolean {
  return code < 128 && ((classes[code] as number) & characterClass) !== 0
}

/** The offset of the first character from `start` on that does not belong to the class, or the length of the text. */
export function endOf(characterClass: number, text: string, start: number): number {
  let index = start
  while (index < text.length && isOf(characterClass, text.charCodeAt(index))) index++
  return index
}
