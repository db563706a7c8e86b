import { exportPem, type GeneratedKey, generateKey } from '@countersign/core'
import type { RunCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { usageFailure } from '../../failure.ts'
import { algorithmNamed } from '../../keys/algorithms.ts'
import { writeKeyFile } from '../../keys/key-file.ts'

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
  if (out === undefined && world.stdout.isTerminal) {
    throw usageFailure('a private key is not printed on a terminal: pass --out FILE, or pipe the output into a file')
  }
  if (options.format === 'pem' && options.algorithm === 'hmac-sha256') {
    throw usageFailure('an HMAC secret has no PEM form: take --format jwk')
  }
  const key = await generateKey(algorithmNamed(options.algorithm), {
    extractable: true,
    ...(options.keyId === undefined ? {} : { keyId: options.keyId }),
  })
  const { privateText, publicText } = await textsOf(key, options.format)
  if (out === undefined) {
    world.stdout.write(privateText)
    if (publicText !== undefined && options.publicOut !== undefined) {
      await writeKeyFile(options.publicOut, publicText, { holds: 'public', force })
    }
    return exitCodes.done
  }
  await writeKeyFile(out, privateText, { holds: 'secret', force })
  const made = [`${out}: keep it secret (mode 0600)`]
  if (publicText !== undefined) {
    const publicOut = options.publicOut ?? `${out}.pub`
    await writeKeyFile(publicOut, publicText, { holds: 'public', force })
    made.push(`${publicOut}: the public key, for the server`)
  }
  world.stderr.write(`${[...made, `keyid: ${key.keyId}`].join('\n')}\n`)
  return exitCodes.done
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
