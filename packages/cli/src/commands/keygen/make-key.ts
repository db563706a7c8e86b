import { resolve } from 'node:path'
import { exportPem, type GeneratedKey, generateKey } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { usageFailure } from '../../failure.ts'
import { algorithmNamed } from '../../keys/algorithms.ts'
import { checkFree, type KeyFile, writeKeyFiles } from '../../keys/key-file.ts'
import { checkSignatureNames } from '../../messages/signing-options.ts'
import type { World } from '../../world.ts'

/** What `keygen` can be told. */
export interface KeygenOptions {
  readonly algorithm: string
  readonly keyId?: string
  readonly format: 'jwk' | 'pem'
  readonly out?: string
  readonly publicOut?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** Makes a key and writes it where it belongs. */
export const makeKey: RunCommand<KeygenOptions> = async ({ options, world }) => {
  const publicOut = publicPath(options)
  checkOptions(options, publicOut, world)
  const key = await generateKey(algorithmNamed(options.algorithm), {
    extractable: true,
    ...(options.keyId === undefined ? {} : { keyId: options.keyId }),
  })
  const { privateText, publicText } = await textsOf(key, options.format)
  const files: KeyFile[] = []
  if (options.out !== undefined) files.push({ path: options.out, text: privateText, holds: 'secret' })
  if (publicText !== undefined && publicOut !== undefined)
    files.push({ path: publicOut, text: publicText, holds: 'public' })
  await writeKeyFiles(files, { force: options.force === true })
  if (options.out === undefined) world.stdout.write(privateText)
  else tell(key, files, { json: options.json === true, world })
  return exitCodes.done
}

/** Where the public key of a pair goes, if anywhere. */
function publicPath({ algorithm, out, publicOut }: KeygenOptions): string | undefined {
  if (algorithm === 'hmac-sha256') return undefined
  return publicOut ?? (out === undefined ? undefined : `${out}.pub`)
}

function checkOptions(options: KeygenOptions, publicOut: string | undefined, world: World): void {
  const { algorithm, keyId, format, out, force = false, json } = options
  checkSignatureNames({ keyId })
  if (out === undefined && world.stdout.isTerminal) {
    throw usageFailure('a private key is not printed on a terminal: pass --out FILE, or pipe the output into a file')
  }
  if (out === undefined && json) {
    throw usageFailure('--json tells where the key is, and needs --out FILE: without it the key itself is printed')
  }
  if (format === 'pem' && algorithm === 'hmac-sha256') {
    throw usageFailure('an HMAC secret has no PEM form: take --format jwk')
  }
  if (out !== undefined && publicOut !== undefined && resolve(out) === resolve(publicOut)) {
    throw usageFailure('--out and --public-out are one file, and the keys are two')
  }
  for (const path of [out, publicOut]) if (path !== undefined) checkFree(path, { force })
}

/** Says where the key is, and never what it is. */
function tell(
  { keyId }: GeneratedKey,
  files: readonly KeyFile[],
  { json, world }: { readonly json: boolean; readonly world: World },
): void {
  const pathOf = (kind: KeyFile['holds']) => files.find(({ holds }) => holds === kind)?.path
  const [secretFile, publicFile] = [pathOf('secret'), pathOf('public')]
  if (json) {
    const made = { keyid: keyId, secretFile, publicFile: publicFile ?? null }
    world.stdout.write(`${JSON.stringify(made, null, 2)}\n`)
    return
  }
  const lines = [
    `${secretFile}: keep it secret (mode 0600)`,
    ...(publicFile === undefined ? [] : [`${publicFile}: the public key, for the server`]),
    `keyid: ${keyId}`,
  ]
  world.stderr.write(`${lines.join('\n')}\n`)
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
