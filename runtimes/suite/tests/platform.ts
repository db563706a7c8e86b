import { createSignedFetch } from '@countersign/client'
import {
  digest,
  ed25519,
  encodeUtf8,
  generateKey,
  hmacSha256,
  importSigningKey,
  type SigningKey,
} from '@countersign/core'
import { signingKeyOf } from '../algorithms.ts'
import { expectEqual, expectTypeError, type Recorder } from '../recorder.ts'
import type { SuiteTask, TaskKey } from '../task.ts'

/** What was found of a platform. */
export interface Facts {
  /** What answers: `node:crypto`, WebCrypto, or noble. */
  readonly backend: 'node' | 'webcrypto' | 'noble'
  /** Whether WebCrypto itself makes Ed25519 keys. */
  readonly nativeEd25519: boolean
  /** Of the globals that a program may look for, those that are not there. */
  readonly missingGlobals: readonly string[]
}

/** What a program may look for. Engines by themselves, without a browser or server around them, lack most of it. */
const globalNames = [
  'crypto',
  'fetch',
  'Request',
  'URL',
  'TextEncoder',
  'TextDecoder',
  'AbortSignal',
  'ReadableStream',
  'setTimeout',
  'clearTimeout',
  'performance',
  'atob',
  'console',
]

/** Finds out what answers on this platform. */
export async function measureFacts(): Promise<Facts> {
  const scope = globalThis as unknown as Readonly<Record<string, unknown>>
  return {
    backend: await measureBackend(),
    nativeEd25519: await hasNativeEd25519(),
    missingGlobals: globalNames.filter((name) => scope[name] === undefined),
  }
}

/** WebCrypto is listened to: whoever digests without it uses one of the others. */
async function measureBackend(): Promise<Facts['backend']> {
  const subtle = globalThis.crypto?.subtle
  if (subtle === undefined) return 'noble'
  let asked = false
  const listening: SubtleCrypto['digest'] = (algorithm, data) => {
    asked = true
    return Object.getPrototypeOf(subtle).digest.call(subtle, algorithm, data)
  }
  Object.defineProperty(subtle, 'digest', { value: listening, configurable: true })
  try {
    await digest('sha-256', encodeUtf8('abc'))
  } finally {
    Reflect.deleteProperty(subtle, 'digest')
  }
  return asked ? 'webcrypto' : 'node'
}

async function hasNativeEd25519(): Promise<boolean> {
  try {
    return (await globalThis.crypto?.subtle?.generateKey('Ed25519', false, ['sign', 'verify'])) !== undefined
  } catch (error) {
    // WebKitGTK knows it, and fails at one key in 128.
    return (error as Error).name === 'OperationError'
  }
}

/** That the platform is what it was said to be, and what a client says of what it lacks. */
export async function platformTests(recorder: Recorder, task: SuiteTask, facts: Facts): Promise<void> {
  const { capabilities } = task
  await recorder.test('platform: has what it was said to have', () => {
    expectEqual(globalThis.crypto?.subtle !== undefined, capabilities.subtle, 'subtle')
    expectEqual(globalThis.crypto?.getRandomValues !== undefined, capabilities.random, 'random')
    expectEqual(typeof globalThis.fetch === 'function', capabilities.fetch, 'fetch')
    expectEqual(facts.backend === 'noble', !capabilities.subtle, 'noble')
  })
  await recorder.test('platform: hashes rightly (FIPS 180-4)', async () => {
    const hash = Array.from(await digest('sha-256', encodeUtf8('abc')), (byte) => byte.toString(16).padStart(2, '0'))
    expectEqual(hash.join(''), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'sha-256 of abc')
  })
  await recorder.test('platform: encodes text as UTF-8 (RFC 3629)', () => {
    const expected = [0x41, 0xc3, 0xb6, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x94, 0x91]
    expectEqual([...encodeUtf8('A\u00f6\u20ac\u{1f511}')], expected, 'bytes')
    expectEqual([...encodeUtf8('\ud800!')], [0xef, 0xbf, 0xbd, 0x21], 'a lone surrogate')
  })
  await recorder.test('platform: a short secret is a TypeError', () =>
    expectTypeError(() => importSigningKey(hmacSha256, { secret: new Uint8Array(31) }, { keyId: 'a' }), '32 random'),
  )
  if (capabilities.subtle) {
    await recorder.test('platform: WebCrypto without Ed25519 is a TypeError when the key is made', () =>
      withoutEd25519(() => expectTypeError(() => generateKey(ed25519), 'this platform cannot make a key for ed25519')),
    )
  }
  await clientTests(recorder, task)
}

/** As in browsers before Ed25519: the names of algorithms that are not known are refused. */
async function withoutEd25519(act: () => Promise<void>): Promise<void> {
  const { subtle } = globalThis.crypto
  const generate: SubtleCrypto['generateKey'] = Object.getPrototypeOf(subtle).generateKey
  const value = (algorithm: { name?: string }, ...rest: unknown[]): unknown =>
    algorithm.name === 'Ed25519'
      ? Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
      : Reflect.apply(generate, subtle, [algorithm, ...rest])
  Object.defineProperty(subtle, 'generateKey', { value, configurable: true })
  try {
    await act()
  } finally {
    Reflect.deleteProperty(subtle, 'generateKey')
  }
}

async function clientTests(recorder: Recorder, { capabilities, keys }: SuiteTask): Promise<void> {
  const key = await signingKeyOf(keys[0] as TaskKey)
  const create = (options: object) => () => createSignedFetch({ key, dangerouslyAllowBrowser: true, ...options })
  if (!capabilities.random) {
    await recorder.test('client: no secure random is a TypeError when it is created', () =>
      expectTypeError(create({ fetch: () => {} }), 'needs crypto.getRandomValues'),
    )
  }
  const random = (): Uint8Array => new Uint8Array(16)
  if (!capabilities.fetch) {
    await recorder.test('client: no Fetch API is a TypeError when it is created', () =>
      expectTypeError(create({ random, fetch: () => {} }), 'needs Request'),
    )
  } else {
    await recorder.test('client: is created', () => void create({})())
  }
  if (!capabilities.secrets) {
    await recorder.test('client: a secret in a browser is a TypeError', () =>
      expectTypeError(create({ dangerouslyAllowBrowser: false }), 'a secret in a browser'),
    )
  }
  await recorder.test('client: no key is a TypeError when it is created', () =>
    expectTypeError(create({ key: undefined as unknown as SigningKey }), 'needs { key }'),
  )
}
