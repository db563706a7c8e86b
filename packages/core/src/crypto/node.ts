import type { KeyObject } from 'node:crypto'

/** The parts of `node:crypto` that the backend uses. */
export type NodeCrypto = Pick<
  typeof import('node:crypto'),
  'constants' | 'createPrivateKey' | 'createPublicKey' | 'hash' | 'sign' | 'verify'
>

/** A key as `node:crypto` holds it. */
export type NodeKey = KeyObject

/**
 * `node:crypto`, where the runtime hands it out (Node from 20.16 on). It is asked for, not imported: no bundler
 * ever sees the name of a built-in module.
 */
export function nodeCrypto(): NodeCrypto | undefined {
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto')
  // A runtime that only resembles Node may lack what makes this backend faster than WebCrypto.
  return typeof crypto?.hash === 'function' ? crypto : undefined
}
