import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { headBytes } from '../attacks/raw-request.ts'
import { signedRequest } from '../attacks/signed-request.ts'
import type { Measured } from './receiving-process.ts'

/** What an upload came to. */
export interface Upload extends Measured {
  /** Of the bytes that were sent, in hex. */
  readonly sent: string
  readonly milliseconds: number
}

const block = Buffer.alloc(2 ** 20, 'countersign')

/**
 * Uploads to a process of its own. What is sent is never held as a whole.
 *
 * @param mebibytes how much.
 */
export async function upload(mebibytes: number, mode: 'stream' | 'buffer'): Promise<Upload> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-upload-'))
  const outfile = join(folder, 'receiving-process.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./receiving-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    logLevel: 'error',
  })
  const child = fork(outfile, [mode])
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', resolve).once('exit', () => reject(new Error('the process ended')))
    })
    // What is loaded at the first use is no part of what an upload takes.
    await sendTo(port, 1)
    return await sendTo(port, mebibytes)
  } finally {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function sendTo(port: number, mebibytes: number): Promise<Upload> {
  const hash = createHash('sha256')
  for (let count = 0; count < mebibytes; count++) hash.update(block)
  const sum = hash.digest()
  const request = signedRequest(Math.floor(Date.now() / 1000), {
    body: null,
    headers: [
      ['Content-Length', String(mebibytes * block.length)],
      ['Content-Digest', `sha-256=:${sum.toString('base64')}:`],
    ],
  })
  const started = performance.now()
  const socket = connect(port, '127.0.0.1')
  const answer = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      if (text.includes('}')) resolve(text)
    })
    socket.on('error', reject).on('close', () => reject(new Error(`no answer: ${text}`)))
  })
  socket.write(headBytes(request))
  for (let count = 0; count < mebibytes; count++) {
    if (!socket.write(block)) await new Promise<void>((resolve) => socket.once('drain', resolve))
  }
  const text = await answer
  socket.destroy()
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(text)
  const measured = JSON.parse(text.slice(text.indexOf('{'), text.indexOf('}') + 1)) as Measured
  return { ...measured, sent: sum.toString('hex'), milliseconds: performance.now() - started }
}
