import { describe, expect, test } from 'vitest'
import { findingsIn } from './fixture-tree.mjs'

const portable = 'packages/client/src/body.ts'

/**
 * @param {string} statement
 * @param {string} path
 * @returns {string[]} what is found when the statement is the second line of a file
 */
function findingsFor(statement, path = portable) {
  return findingsIn({ [path]: `// first line\n${statement}\n` })
}

describe('banned syntax', () => {
  test.each([
    ['default-export', 'export default 1'],
    ['default-export', 'export default function body() {}'],
    ['default-export', 'const it = 1; export { it as default }'],
    ['default-export', "export { it as default } from './nonce.ts'"],
    ['enum', 'export enum Kind { One }'],
    ['enum', 'export const enum Kind { One }'],
    ['any-type', 'export const it = (value: any): unknown => value'],
    ['any-type', 'export type It = readonly any[]'],
    ['class', 'export class Body {}'],
    ['class', 'export const Body = class {}'],
    ['class', 'export class SignatureError extends Error {}'],
    ['export-all', "export * from './nonce.ts'"],
    ['export-all', "export type * from './nonce.ts'"],
  ])('%s: %s', (rule, statement) => {
    expect(findingsFor(statement)).toEqual([`${portable}:2 ${rule}`])
  })

  test('SignatureError is the one class, in its file', () => {
    const path = 'packages/core/src/errors.ts'
    expect(findingsFor('export class SignatureError extends Error {}', path)).toEqual([])
    expect(findingsFor('export class OtherError extends Error {}', path)).toEqual([`${path}:2 class`])
  })

  test.each([
    'export const any = { enum: 1, default: 2 }',
    "export * as nonce from './nonce.ts'",
    'export const it = (n: number) => { switch (n) { default: return n } }',
  ])('allowed: %s', (statement) => {
    expect(findingsFor(statement)).toEqual([])
  })
})

describe('globals of Node', () => {
  test.each([
    "export const it = Buffer.from('')",
    'export const it = process.env',
    'export const it = globalThis.process',
    "export const it = globalThis['Buffer']",
    "export const it = typeof process === 'undefined'",
    'export const it = __dirname',
    'export const it = __filename',
    'export const it = { process }',
    "export const it = require('./nonce.ts')",
  ])('%s', (statement) => {
    expect(findingsFor(statement)).toEqual([`${portable}:2 node-global`])
  })

  test.each([
    'export const it = { process: 1, Buffer: 2 }',
    'export const it = (engine: Engine) => engine.process()',
    'export const it = ({ process: run }: Engine) => run()',
    'export const it = (process: Engine) => process.run()',
    'export const it = (engine: Engine) => { const { process } = engine; return process }',
    'export function it(list: Engine[]) { for (const process of list) process.run() }',
    "import { process } from './nonce.ts'; export const it = process",
    'export interface It { process(Buffer: number): Buffer }',
    'export type It = typeof process',
  ])('allowed: %s', (statement) => {
    expect(findingsFor(statement)).toEqual([])
  })

  test('allowed where node: is', () => {
    expect(findingsFor('export const it = process.getBuiltinModule', 'packages/core/src/crypto/node.ts')).toEqual([])
  })
})

describe('the world comes in as parameters', () => {
  test.each([
    ['clock', 'export const it = Date.now()'],
    ['clock', 'export const it = globalThis.Date.now()'],
    ['clock', 'export const it = (now = Date.now()) => now'],
    ['clock', 'export const it = Date.now'],
    ['clock', 'export const it = { now: Date.now }'],
    ['clock', 'export const it = new Date()'],
    ['math-random', 'export const it = Math.random()'],
    ['math-random', 'export const it = (random = Math.random) => random()'],
    ['random', 'export const it = crypto.randomUUID()'],
    ['random', 'export const it = globalThis.crypto.getRandomValues(new Uint8Array(1))'],
    ['fetch', "export const it = () => fetch('')"],
    ['fetch', "export const it = () => globalThis.fetch('')"],
  ])('%s: %s', (rule, statement) => {
    expect(findingsFor(statement)).toEqual([`${portable}:2 ${rule}`])
  })

  test.each([
    'export const it = (now = Date.now) => now()',
    'export const it = ({ now = Date.now }: Options) => now()',
    'export const it = (options: Options) => options.now ?? Date.now',
    'export const it = (options: Options) => options.now ?? (Date.now as Clock)',
    'export const it = (created: number) => new Date(created)',
    'export const it = (Date: Clock) => Date.now()',
    'export const it = (options: Options) => options.random ?? ((size) => crypto.getRandomValues(new Uint8Array(size)))',
    "export const it = (fetch = globalThis.fetch) => fetch('')",
    'export const it = ({ fetch = (input) => globalThis.fetch(input) }: Options) => fetch',
    'const defaultFetch = (input: string) => globalThis.fetch(input); export const it = defaultFetch',
    'export function defaultFetch(input: string): unknown { return fetch(input) }',
  ])('allowed: %s', (statement) => {
    expect(findingsFor(statement)).toEqual([])
  })

  test('randomness is allowed where the cryptography is', () => {
    expect(findingsFor('export const it = crypto.randomUUID()', 'packages/core/src/crypto/webcrypto.ts')).toEqual([])
  })
})
