import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../packages/verifier/test/servers/server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${root}/README.md`, 'utf8')
const children: ChildProcess[] = []
let folder: string

beforeAll(() => {
  // Within the repository, so that the packages are found.
  folder = mkdtempSync(`${root}/examples/.readme-`)
})

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** The first block of a language in a document that contains a text. */
function block(document: string, language: string, contains: string): string {
  const blocks = [...document.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
  const found = blocks.find(([, kind, text]) => kind === language && text?.includes(contains))
  if (found?.[2] === undefined) throw new Error(`no ${language} block with ${contains}`)
  return found[2]
}

function start(name: string, text: string, environment: Record<string, string> = {}): ChildProcess {
  writeFileSync(`${folder}/${name}`, text)
  const child = spawn(process.execPath, [`${folder}/${name}`], { env: { ...process.env, ...environment } })
  children.push(child)
  return child
}

async function output(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  child.stderr?.on('data', (chunk) => {
    text += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text }
}

async function untilItListens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the server of the README did not start')
}

describe('the first screen of the README', () => {
  it('runs: the server lets the client in', async () => {
    const port = await freePort()
    const environment = { BANK_SECRET: randomBytes(32).toString('base64') }
    const here = (text: string): string => text.replaceAll('3000', String(port))
    start('server.mjs', here(block(readme, 'js', '// server.mjs')), environment)
    await untilItListens(port)
    const client = await output(start('client.mjs', here(block(readme, 'js', '// client.mjs')), environment))
    expect(client).toEqual({ code: 0, text: '200 alice pays 10\n' })
  })

  it('shows a wire that is true: digest and signature as node:crypto makes them', () => {
    const wire = block(readme, 'http', 'Signature-Input')
    const [head = '', body = ''] = wire.trimEnd().split('\n\n')
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1] ?? ''
    expect(field('Content-Digest')).toBe(`sha-256=:${createHash('sha256').update(body).digest('base64')}:`)
    const base = [
      '"@method": POST',
      `"@authority": ${field('Host')}`,
      '"@path": /transfers',
      '"@query": ?',
      `"content-digest": ${field('Content-Digest')}`,
      `"content-type": ${field('Content-Type')}`,
      `"@signature-params": ${field('Signature-Input').replace('sig1=', '')}`,
    ].join('\n')
    // The secret of the page: 32 bytes of text, in base64.
    const secret = Buffer.from('bWFrZSB5b3VyIG93biB3aXRoIGdlbmVyYXRlS2V5KCk=', 'base64')
    expect(field('Signature')).toBe(`sig1=:${createHmac('sha256', secret).update(base).digest('base64')}:`)
  })

  it('has an Ed25519 block that runs', async () => {
    const run = await output(start('ed25519.mjs', block(readme, 'js', 'generateKey(ed25519)')))
    expect(run).toEqual({ code: 0, text: '' })
  })
})

it('the example of packages/core runs and shows its base', async () => {
  const core = readFileSync(`${root}/packages/core/README.md`, 'utf8')
  const { code, text } = await output(start('core.mjs', block(core, 'js', 'verifySignature(')))
  expect(text).toMatch(/^"@method": GET\n"@authority": bank.example\n"@path": \/balance\n"@signature-params": \(/)
  expect(code).toBe(0)
})

it('every relative link of the documents leads somewhere', () => {
  const pages = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.md'),
  )
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...pages.map((path) => `docs/${path}`)]
  expect(pages.length).toBeGreaterThan(30)
  for (const document of documents) {
    const text = readFileSync(`${root}/${document}`, 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const path = fileURLToPath(new URL(target, `file://${root}/${document}`))
      expect(() => readFileSync(path), `${document} -> ${target}`).not.toThrow(/ENOENT/)
    }
  }
})

it('docs/refusals.md lists every code, under its kind', async () => {
  const { httpStatus, refusalKinds } = await import('@countersign/verifier')
  const page = readFileSync(`${root}/docs/refusals.md`, 'utf8')
  for (const [code, kind] of Object.entries(refusalKinds)) {
    if (code === 'redirect_refused') continue
    const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\` |`))
    expect(row, code).toContain(`\`${code}\``)
    expect(row, code).toContain(String(httpStatus(code as keyof typeof refusalKinds)))
  }
})
