import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { generatePair } from '../attacks/key-pairs.ts'
import { readPage, run } from '../pages/page.ts'
import { freePort } from '../servers/server.ts'

const { block } = readPage('responses.md')
const readme = fileURLToPath(new URL('../../../../README.md', import.meta.url))

describe('docs/responses.md', () => {
  it('has a server and a client that understand each other', async () => {
    const { publicKey, privateKey } = generatePair.ed25519()
    vi.stubEnv('BANK_SECRET', Buffer.alloc(32, 7).toString('base64'))
    vi.stubEnv('BANK_PRIVATE_KEY', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    vi.stubEnv('BANK_PUBLIC_KEY', publicKey.export({ type: 'spki', format: 'pem' }).toString())
    const port = String(await freePort())
    const listening = block('// server.mjs')
      .replaceAll('3000', port)
      .replace('\ncreateServer(', '\nexport const server = createServer(')
    const { server } = (await run(listening)) as unknown as { server: Server }
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
    const request = readFileSync(readme, 'utf8')
    for (const name of ['Signature-Input', 'Content-Digest', 'Content-Type']) {
      const [, value] = new RegExp(`^${name}: (.*)$`, 'm').exec(request)!
      expect(base).toContain(`\n"${name.toLowerCase()}";req: ${value}\n`)
    }
  })
})
