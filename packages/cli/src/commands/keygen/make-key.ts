import { resolve } from 'node:path'
import { exportPem, type GeneratedKey, generateKey } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { usageFailure } from '../../failure.ts'
import { algorithmNamed } from '../../keys/algorithms.ts'
import { checkFree, writeKeyFile } from '../../keys/key-file.ts'
import type { World } from '../../world.ts'

/** What `keygen` can be told. */
export interface KeygenOptions {
  readonly algorithm: string
  readonly keyId?: string
  readonly format: 'jwk' | 'pem'
  readonly out?: string
  readonly publicOut?: string
  readonly force?: boolean
}

/** Makes a key and writes it where it belongs. */
export const makeKey: RunCommand<KeygenOptions> = async ({ options, world }) => {
  const { out, force = false } = options
  const publicOut = publicPath(options)
  checkOptions(options, publicOut, world)
  const key = await generateKey(algorithmNamed(options.algorithm), {
    extractable: true,
    ...(options.keyId === undefined ? {} : { keyId: options.keyId }),
  })
  const { privateText, publicText } = await textsOf(key, options.format)
  const made = [`keyid: ${key.keyId}`]
  if (publicText !== undefined && publicOut !== undefined) {
    await writeKeyFile(publicOut, publicText, { holds: 'public', force })
    made.unshift(`${publicOut}: the public key, for the server`)
  }
  if (out === undefined) {
    world.stdout.write(privateText)
    return exitCodes.done
  }
  await writeKeyFile(out, privateText, { holds: 'secret', force })
  made.unshift(`${out}: keep it secret (mode 0600)`)
  world.stderr.write(`${made.join('\n')}\n`)
  return exitCodes.done
}

/** Where the public key of a pair goes, if anywhere. */
function publicPath({ algorithm, out, publicOut }: KeygenOptions): string | undefined {
  if (algorithm === 'hmac-sha256') return undefined
  return publicOut ?? (out === undefined ? undefined : `${out}.pub`)
}

function checkOptions(
  { algorithm, format, out, force }: KeygenOptions,
  publicOut: string | undefined,
  world: World,
): void {
  if (out === undefined && world.stdout.isTerminal) {
    throw usageFailure('a private key is not printed on a terminal: pass --out FILE, or pipe the output into a file')
  }
  if (format === 'pem' && algorithm === 'hmac-sha256') {
    throw usageFailure('an HMAC secret has no PEM form: take --format jwk')
  }
  if (out !== undefined && publicOut !== undefined && resolve(out) === resolve(publicOut)) {
    throw usageFailure('--out and --public-out are one file, and the keys are two')
  }
  for (const path of [out, publicOut]) if (path !== undefined && force !== true) checkFree(path)
}

async function textsOf(
  key: GeneratedKey,
  format: KeygenOptions['format'],
): Promise<{ privateText: string; publicText: string | undefined }> {
  const { cryptoKey, publicCryptoKey, privateJwk, publicJwk } = key
  if (format === 'pem' && publicCryptoKey !== undefined) {
    return { privateText: await exportPem(cryptoKey), publicText: await exportPem(publicCryptoKey) }
  }
  return { privateText: jwkText(privateJwk), publicText: publicJwk && jwkText(publicJwk) }
}

function jwkText(jwk: object | undefined): string {
  return `${JSON.stringify(jwk, null, 2)}\n`
}
