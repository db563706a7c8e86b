/** A value, or a promise of it: nothing waits where the answer is at hand. */
export type MaybePromise<T> = T | Promise<T>

/** Whether an answer is still to come: of another library's promises too. */
export function isPending<T>(answer: MaybePromise<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && typeof (answer as Partial<Promise<T>>).then === 'function'
}

/** Goes on with an answer: at once where it is at hand. So what `next` throws can be thrown at once, too. */
export function after<T, U>(answer: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPending(answer) ? answer.then(next) : next(answer)
}

/**
 * Bytes backed by a plain `ArrayBuffer`, which is what WebCrypto takes.
 * A `Uint8Array` over a `SharedArrayBuffer` could change while it is hashed.
 */
export type Bytes = Uint8Array<ArrayBuffer>

/** Engines without a browser or server around them have none, such as QuickJS and Hermes 0.12. */
const encoder = typeof TextEncoder === 'undefined' ? undefined : /* @__PURE__ */ new TextEncoder()

/** UTF-8, the encoding of every text that leaves the library. For ASCII text it is the ASCII encoding. */
export function encodeUtf8(text: string): Bytes {
  return (text.length <= shortText ? encodeAscii(text) : undefined) ?? encodeLong(text)
}

/** Writes the bytes of {@link encodeUtf8}. @returns how many, or undefined where they do not fit. */
export function encodeUtf8Into(text: string, target: Uint8Array): number | undefined {
  const { read, written } = encoder?.encodeInto(text, target) ?? {}
  return read === text.length ? written : undefined
}

/** Up to here a loop takes less time than a call of native code, and the bytes fit into the heap of objects. */
const shortText = 64

function encodeAscii(text: string): Bytes | undefined {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return undefined
    bytes[index] = code
  }
  return bytes
}

function encodeLong(text: string): Bytes {
  return encoder === undefined ? encodeByEscapes(text) : (encoder.encode(text) as Bytes)
}

/** A lone surrogate becomes U+FFFD, as TextEncoder has it. */
function encodeByEscapes(text: string): Bytes {
  const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'))
  return Uint8Array.from(escaped.match(/%..|./g) ?? [], (part) =>
    part.length === 1 ? part.charCodeAt(0) : Number(`0x${part.slice(1)}`),
  )
}

/** Whether two byte sequences are equal, in a time that depends on their length alone. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) {
    difference |= (left[index] as number) ^ (right[index] as number)
  }
  return difference === 0
}

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const urlCharacters = /* @__PURE__ */ characters.replace('+/', '-_')
const sextets = /* @__PURE__ */ decodingTable()

/** Maps a character code to its six bits, -1 for everything outside of the alphabet. */
function decodingTable(): Int8Array {
  const table = new Int8Array(128).fill(-1)
  for (let index = 0; index < 64; index++) table[characters.charCodeAt(index)] = index
  return table
}

/** Base64 with padding, RFC 4648 section 4. */
export function encodeBase64(bytes: Uint8Array): string {
  return sextetsOf(bytes, characters) + ['', '==', '='][bytes.length % 3]
}

/** Without padding. */
function sextetsOf(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const rest = bytes.length - index
    // Beyond the end there are no bits.
    const group = ((bytes[index] as number) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    text += (alphabet[group >> 18] as string) + (alphabet[(group >> 12) & 63] as string)
    if (rest > 1) text += alphabet[(group >> 6) & 63] as string
    if (rest > 2) text += alphabet[group & 63] as string
  }
  return text
}

/**
 * Decodes base64, RFC 4648 section 4, with or without padding; pad bits may be set, as RFC 9651 4.2.7 allows.
 *
 * @param start where it begins in the text, and `end` where it ends: V8 reads a part that was cut out more slowly.
 * @returns undefined when the text is not base64.
 */
export function decodeBase64(text: string, start = 0, end: number = text.length): Bytes | undefined {
  let last = end
  while (last > start && text.charCodeAt(last - 1) === 0x3d) last--
  const length = last - start
  const padding = end - last
  const rest = length % 4
  if (rest === 1 || padding > 2 || (padding > 0 && (length + padding) % 4 !== 0)) return undefined
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  let written = 0
  for (let index = start; index < last; index += 4) {
    const bits =
      (sextetAt(text, index) << 18) |
      (sextetAt(text, index + 1) << 12) |
      (index + 2 < last ? sextetAt(text, index + 2) << 6 : 0) |
      (index + 3 < last ? sextetAt(text, index + 3) : 0)
    if (bits < 0) return undefined
    // Beyond the end of the array nothing is written.
    bytes[written++] = bits >> 16
    bytes[written++] = bits >> 8
    bytes[written++] = bits
  }
  return bytes
}

/** The six bits of a character, or a negative number for one outside of the alphabet. */
function sextetAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  return code < 128 ? (sextets[code] as number) : -1
}

/** Base64url without padding, RFC 4648 section 5, the encoding of JWK members. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return sextetsOf(bytes, urlCharacters)
}

/**
 * Decodes base64url, RFC 4648 section 5.
 *
 * @returns undefined when the text is not base64url.
 */
export function decodeBase64Url(text: string): Bytes | undefined {
  if (/[+/=]/.test(text)) return undefined
  return decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
}
