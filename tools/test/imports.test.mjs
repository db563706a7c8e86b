import { describe, expect, test } from 'vitest'
import { findingsIn } from './fixture-tree.mjs'

const core = 'packages/core/src'
const client = 'packages/client/src'
const verifier = 'packages/verifier/src'

/**
 * One file that imports another, on its second line.
 *
 * @param {string} importer
 * @param {string} target
 * @param {string} specifier
 * @returns {Record<string, string>}
 */
function importing(importer, target, specifier) {
  return { [importer]: `// first line\nexport { it } from '${specifier}'\n`, [target]: 'export const it = 1\n' }
}

describe('layers of core, from the bottom to the top', () => {
  test.each([
    ['errors.ts', 'structured-fields/parse.ts', './structured-fields/parse.ts'],
    ['bytes.ts', 'crypto/backend.ts', './crypto/backend.ts'],
    ['structured-fields/parse.ts', 'crypto/backend.ts', '../crypto/backend.ts'],
    ['crypto/backend.ts', 'algorithms/hmac.ts', '../algorithms/hmac.ts'],
    ['crypto/backend.ts', 'keys/key.ts', '../keys/key.ts'],
    ['algorithms/hmac.ts', 'message/message.ts', '../message/message.ts'],
    ['keys/key.ts', 'message/message.ts', '../message/message.ts'],
    ['message/message.ts', 'digest-fields/digester.ts', '../digest-fields/digester.ts'],
    ['signature-base.ts', 'sign.ts', './sign.ts'],
    ['signature-fields/accept-signature.ts', 'verify-signature.ts', '../verify-signature.ts'],
  ])('%s does not import %s', (from, to, specifier) => {
    const findings = findingsIn(importing(`${core}/${from}`, `${core}/${to}`, specifier))
    expect(findings).toEqual([`${core}/${from}:2 import-layer`])
  })

  test.each([
    ['index.ts', 'sign.ts', './sign.ts'],
    ['structured-fields/index.ts', 'sign.ts', '../sign.ts'],
    ['sign.ts', 'verify-signature.ts', './verify-signature.ts'],
    ['sign.ts', 'errors.ts', './errors.ts'],
    ['signature-base.ts', 'signature-fields/signature-input.ts', './signature-fields/signature-input.ts'],
    ['digest-fields/digester.ts', 'message/message.ts', '../message/message.ts'],
    ['algorithms/hmac.ts', 'keys/key.ts', '../keys/key.ts'],
    ['keys/key.ts', 'algorithms/hmac.ts', '../algorithms/hmac.ts'],
    ['crypto/node.ts', 'crypto/backend.ts', './backend.ts'],
    ['errors.ts', 'bytes.ts', './bytes.ts'],
  ])('%s may import %s', (from, to, specifier) => {
    expect(findingsIn(importing(`${core}/${from}`, `${core}/${to}`, specifier))).toEqual([])
  })

  test.each([
    ['a type-only import', "import type { Sign } from './sign.ts'"],
    ['a type-only name', "import { type Sign } from './sign.ts'"],
    ['an import type', "export type It = import('./sign.ts').Sign"],
    ['a dynamic import', "export const it = () => import('./sign.ts')"],
    ['a side effect', "import './sign.ts'"],
    ['the extension .js', "export { it } from './sign.js'"],
    ['no extension', "export { it } from './sign'"],
  ])('%s counts', (_kind, statement) => {
    const findings = findingsIn({
      [`${core}/bytes.ts`]: `${statement}\n`,
      [`${core}/sign.ts`]: 'export const it = 1\n',
    })
    expect(findings).toEqual([`${core}/bytes.ts:1 import-layer`])
  })
})

describe('places', () => {
  test.each([`${core}/surprise.ts`, `${core}/odd/file.ts`, `${verifier}/odd/file.ts`, 'packages/extra/src/file.ts'])(
    '%s has no place in the table',
    (path) => expect(findingsIn({ [path]: 'export const it = 1\n' })).toEqual([`${path}:1 unplaced-file`]),
  )

  test.each([
    [`${core}/sign.ts`, `${core}/structured-fields/index.ts`, './structured-fields/index.ts'],
    [`${client}/body.ts`, `${client}/index.ts`, './index.ts'],
    [`${core}/structured-fields/index.ts`, `${core}/index.ts`, '../index.ts'],
    [`${core}/sign.ts`, `${core}/structured-fields/index.ts`, './structured-fields'],
  ])('%s does not import %s', (importer, target, specifier) => {
    expect(findingsIn(importing(importer, target, specifier))).toEqual([`${importer}:2 import-index`])
  })
})

describe('layers of the verifier', () => {
  test.each([
    ['replay/memory.ts', 'policy.ts', '../policy.ts'],
    ['replay/memory.ts', 'verifier.ts', '../verifier.ts'],
    ['policy.ts', 'verifier.ts', './verifier.ts'],
    ['problem.ts', 'adapters/fetch.ts', './adapters/fetch.ts'],
    ['verifier.ts', 'adapters/fetch.ts', './adapters/fetch.ts'],
  ])('%s does not import %s', (from, to, specifier) => {
    const findings = findingsIn(importing(`${verifier}/${from}`, `${verifier}/${to}`, specifier))
    expect(findings).toEqual([`${verifier}/${from}:2 import-layer`])
  })

  test('one adapter does not import another', () => {
    const files = importing(`${verifier}/adapters/express.ts`, `${verifier}/adapters/node.ts`, './node.ts')
    expect(findingsIn(files)).toEqual([`${verifier}/adapters/express.ts:2 import-sideways`])
  })

  test('a replay store imports no other package', () => {
    const files = { [`${verifier}/replay/redis.ts`]: "\nimport type { Redis } from 'ioredis'\n" }
    expect(findingsIn(files)).toEqual([`${verifier}/replay/redis.ts:2 import-outside`])
  })

  test.each([
    ['adapters/fetch.ts', 'verifier.ts', '../verifier.ts'],
    ['adapters/fetch.ts', 'problem.ts', '../problem.ts'],
    ['verifier.ts', 'replay/replay-store.ts', './replay/replay-store.ts'],
    ['replay/memory.ts', 'replay/claim.ts', './claim.ts'],
    ['index.ts', 'adapters/fetch.ts', './adapters/fetch.ts'],
  ])('%s may import %s', (from, to, specifier) => {
    expect(findingsIn(importing(`${verifier}/${from}`, `${verifier}/${to}`, specifier))).toEqual([])
  })
})

describe('packages', () => {
  test.each([
    [`${core}/sign.ts`, '@countersign/client'],
    [`${core}/sign.ts`, '@countersign/core'],
    [`${client}/body.ts`, '@countersign/verifier'],
    [`${verifier}/body.ts`, '@countersign/client'],
    [`${verifier}/replay/memory.ts`, '@countersign/client/index'],
  ])('%s does not import %s', (path, specifier) => {
    expect(findingsIn({ [path]: `import '${specifier}'\n` })).toEqual([`${path}:1 import-package`])
  })

  test.each([
    '@countersign/core/src/errors.ts',
    '@countersign/core/dist/index.js',
    '@countersign/core/errors.ts',
    '../../core/src/errors.ts',
    '../tsup.config.ts',
  ])('the client does not reach for %s', (specifier) => {
    expect(findingsIn({ [`${client}/body.ts`]: `import '${specifier}'\n` })).toEqual([
      `${client}/body.ts:1 import-deep`,
    ])
  })

  test.each([`${client}/body.ts`, `${verifier}/body.ts`, `${verifier}/replay/memory.ts`])(
    '%s may import core',
    (path) => {
      const text = "import '@countersign/core'\nimport '@countersign/core/structured-fields'\n"
      expect(findingsIn({ [path]: text })).toEqual([])
    },
  )
})

describe('modules from outside', () => {
  test.each([
    ['a static import', "import { readFile } from 'node:fs'"],
    ['a type-only import', "import type { IncomingMessage } from 'node:http'"],
    ['an import type', "export type It = import('node:http').IncomingMessage"],
    ['an export', "export { createHmac } from 'node:crypto'"],
    ['a dynamic import', "export const it = import('node:crypto')"],
    ['a template', 'export const it = import(`node:crypto`)'],
    ['import = require', "import fs = require('node:fs')"],
    ['the old name', "import { readFile } from 'fs/promises'"],
    ['an augmentation', "declare module 'node:http' {}"],
    ['reference types', '/// <reference types="node" />'],
    ['require', "export const it = (require: (name: string) => unknown) => require('node:crypto')"],
    ['getBuiltinModule', "export const it = (host: Host) => host.getBuiltinModule('node:crypto')"],
    ['optional getBuiltinModule', "export const it = (host: Host) => host?.getBuiltinModule?.('crypto')"],
  ])('%s of node: is refused', (_kind, statement) => {
    const findings = findingsIn({ [`${core}/crypto/webcrypto.ts`]: `\n${statement}\n` })
    expect(findings).toEqual([`${core}/crypto/webcrypto.ts:2 import-node`])
  })

  test.each([
    `${core}/crypto/node.ts`,
    ...['node', 'express', 'fastify'].map((name) => `${verifier}/adapters/${name}.ts`),
    `${verifier}/adapters/transport/lambda-event.ts`,
    `${verifier}/replay/sqlite/store.ts`,
    'packages/cli/src/keys/key-file.ts',
  ])('%s may import node:', (path) => {
    expect(findingsIn({ [path]: "import 'node:crypto'\n" })).toEqual([])
  })

  test.each(['fetch', 'hono', 'koa', 'lambda'])('the adapter %s may not import node:', (name) => {
    const path = `${verifier}/adapters/${name}.ts`
    expect(findingsIn({ [path]: "import 'node:crypto'\n" })).toEqual([`${path}:1 import-node`])
  })

  test.each([
    ['import-framework', `${verifier}/verifier.ts`, 'express'],
    ['import-framework', `${verifier}/verifier.ts`, '@types/express'],
    ['import-framework', `${verifier}/body.ts`, 'fastify'],
    ['import-framework', `${verifier}/index.ts`, 'koa'],
    ['import-framework', `${client}/body.ts`, 'hono/client'],
    ['import-noble', `${core}/keys/key.ts`, '@noble/curves/ed25519.js'],
    ['import-noble', `${client}/body.ts`, '@noble/hashes/sha2.js'],
    ['import-uuid', `${core}/sign.ts`, 'uuid'],
    ['import-commander', `${verifier}/verifier.ts`, 'commander'],
    ['import-uuid', `${verifier}/verifier.ts`, '@types/uuid'],
  ])('%s: %s does not import %s', (rule, path, specifier) => {
    expect(findingsIn({ [path]: `import type { It } from '${specifier}'\n` })).toEqual([`${path}:1 ${rule}`])
  })

  test.each([
    [`${verifier}/adapters/express.ts`, 'express'],
    [`${verifier}/adapters/hono.ts`, 'hono'],
    [`${core}/crypto/noble.ts`, '@noble/hashes/hmac.js'],
    [`${core}/digest-fields/digester.ts`, '@noble/hashes/sha2.js'],
    [`${client}/nonce.ts`, 'uuid'],
  ])('%s may import %s', (path, specifier) => {
    expect(findingsIn({ [path]: `import '${specifier}'\n` })).toEqual([])
  })

  test('the name of a module is a literal', () => {
    const files = { [`${core}/crypto/noble.ts`]: '\nexport const load = (name: string) => import(name)\n' }
    expect(findingsIn(files)).toEqual([`${core}/crypto/noble.ts:2 import-computed`])
  })
})

describe('circles', () => {
  test('are reported once, at the first file', () => {
    const files = {
      [`${client}/alpha.ts`]: "export const a = 1\nexport { b } from './beta.ts'\n",
      [`${client}/beta.ts`]: "export { c } from './gamma.ts'\n",
      [`${client}/gamma.ts`]: "import type { A } from './alpha.ts'\n",
    }
    expect(findingsIn(files)).toEqual([`${client}/alpha.ts:2 import-cycle`])
  })

  test('a file that imports itself is one', () => {
    expect(findingsIn({ [`${client}/body.ts`]: "import './body.ts'\n" })).toEqual([`${client}/body.ts:1 import-cycle`])
  })

  test('two ways to one file are none', () => {
    const files = {
      [`${client}/alpha.ts`]: "import './beta.ts'\nimport './gamma.ts'\n",
      [`${client}/beta.ts`]: "import './gamma.ts'\n",
      [`${client}/gamma.ts`]: 'export const c = 1\n',
    }
    expect(findingsIn(files)).toEqual([])
  })
})
