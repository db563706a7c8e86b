import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../../src/index.ts', import.meta.url))

/** Bundles some exports for a browser. The first text is what a page loads at once, the others what it may load later. */
async function bundle(names: string): Promise<{ readonly eager: string; readonly lazy: string }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names} } from ${JSON.stringify(source)}`, resolveDir: '/' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['@noble/*'],
    outdir: '/out',
    absWorkingDir: '/',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const eager = new Set<string>()
  const follow = (path: string): void => {
    if (eager.has(path)) return
    eager.add(path)
    for (const { path: next, kind, external } of metafile.outputs[path]!.imports) {
      if (kind === 'import-statement' && !external) follow(next)
    }
  }
  follow('out/stdin.js')
  const textOf = (wanted: boolean): string =>
    outputFiles
      .filter((file) => eager.has(file.path.slice(1)) === wanted)
      .map((file) => file.text)
      .join('\n')
  return { eager: textOf(true), lazy: textOf(false) }
}

describe('a bundle for a browser', () => {
  it.each([
    ['ed25519', 'ed25519'],
    ['ecdsaP256Sha256', 'ecdsa-p256-sha256'],
    ['rsaPssSha512', 'rsa-pss-sha512'],
    ['hmacSha256', 'hmac-sha256'],
  ])('of %s holds no other algorithm', async (name, wireName) => {
    const { eager } = await bundle(`importSigningKey, ${name}, sign`)
    const found = eager.match(/name: "(?:hmac|ed25519|ecdsa|rsa)[\w-]*"/g)
    expect(found).toEqual([`name: "${wireName}"`])
  })

  it('names no module of Node, and loads noble, node:crypto and what reads PEM and JWK only where they are needed', async () => {
    const { eager, lazy } = await bundle('importSigningKey, importVerifyingKey, ed25519, hmacSha256, sign')
    expect(`${eager}${lazy}`).not.toMatch(/(?:from|import|require)\s*\(?\s*["']node:/)
    expect(eager).not.toMatch(/from "@noble|BEGIN|createPrivateKey|qi/)
    expect(lazy).toMatch(/from "@noble/)
    expect(lazy).toMatch(/createPrivateKey/)
  })
})
