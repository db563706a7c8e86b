import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { generatePair } from '../attacks/key-pairs.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const page = readFileSync(join(root, 'docs', 'responses.md'), 'utf8')

/** The block of the page that contains a text. */
function block(text: string): string {
  const blocks = [...page.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, code = '']) => code)
  return blocks.find((code) => code.includes(text)) ?? expect.unreachable(`no block with ${text}`)
}

/** Runs a program of the page, with the packages from their sources. */
async function run(code: string): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'bundle.mjs')
  await build({
    stdin: { contents: code, resolveDir: root },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'error',
  })
  writeFileSync(join(folder, 'package.json'), '{}')
  return import(pathToFileURL(outfile).href)
}

async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

describe('docs/responses.md', () => {
  it('has a server and a client that understand each other', async () => {
    const { publicKey, privateKey } = generatePair.ed25519()
    vi.stubEnv('BANK_SECRET', Buffer.alloc(32, 7).toString('base64'))
    vi.stubEnv('BANK_PRIVATE_KEY', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    vi.stubEnv('BANK_PUBLIC_KEY', publicKey.export({ type: 'spki', format: 'pem' }).toString())
    const port = await freePort()
    const listening = block('// server.mjs')
      .replaceAll('3000', port)
      .replace('\ncreateServer(', '\nexport const server = createServer(')
    const { server } = (await run(listening)) as { server: Server }
    onTestFinished(() => {
      vi.unstubAllEnvs()
      server.close()
      server.closeAllConnections()
    })
    const logged = vi.spyOn(console, 'log').mockReturnValue()
    await run(block('// client.mjs').replaceAll('3000', port))
    expect(logged).toHaveBeenCalledWith(201, 'alice pays 10')
    logged.mockRestore()
  })

  it('has a handler that is wrapped', async () => {
    const { createHandler } = await run(block('// handler.mjs'))
    expect(createHandler).toBeInstanceOf(Function)
  })

  it('shows bytes that verify with the key of RFC 9421 B.1.4', () => {
    const base = block('"@status": 201').trimEnd()
    const response = block('HTTP/1.1 201 Created')
    const [, input, signature = ''] = /^Signature-Input: sig1=(.*)\nSignature: sig1=:(.*):$/m.exec(response)!
    expect(base.endsWith(`\n"@signature-params": ${input}`)).toBe(true)
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' }
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    expect(verify(null, Buffer.from(base), key, Buffer.from(signature, 'base64'))).toBe(true)
    const request = readFileSync(join(root, 'README.md'), 'utf8')
    for (const name of ['Signature-Input', 'Content-Digest', 'Content-Type']) {
      const [, value] = new RegExp(`^${name}: (.*)$`, 'm').exec(request)!
      expect(base).toContain(`\n"${name.toLowerCase()}";req: ${value}\n`)
    }
  })
})
