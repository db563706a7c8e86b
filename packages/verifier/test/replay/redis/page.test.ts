import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { describeRedis } from './redis-stores.ts'

const root = fileURLToPath(new URL('../../../../..', import.meta.url))
const page = readFileSync(join(root, 'docs', 'stores', 'redis.md'), 'utf8')
const require = createRequire(import.meta.url)

/** Runs a program with the store from its sources, and with each client from where it is installed. */
async function run(code: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [source, outfile] = [join(folder, 'page.mjs'), join(folder, 'bundle.mjs')]
  writeFileSync(source, code.replace("from 'redis'", `from '${pathToFileURL(require.resolve('redis')).href}'`))
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@countersign/source'],
    nodePaths: [join(root, 'node_modules')],
    external: ['node:*', 'file:*'],
    logLevel: 'error',
  })
  return (await promisify(execFile)(process.execPath, ['--no-warnings', outfile], { cwd: folder })).stdout
}

describeRedis('the Redis store of the page', (server) => {
  it('runs, and refuses what may have been accepted before', async () => {
    const code = /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? ''
    expect(code).toContain('createRedisReplayStore(client)')
    const now = 'Math.floor(Date.now() / 1000)'
    const claim = `{ key: 'A'.repeat(22), principal: 'alice', created: ${now}, forgetAfter: ${now} + 60, now: ${now}, futureSkewSeconds: 10 }`
    const attempt = `await replayStore.claim(${claim}).catch((error) => console.log(error.code)); client.destroy()`
    const here = code.replace('127.0.0.1:6379', `127.0.0.1:${server().port}`)
    expect(await run(`${here}\n${attempt}\n`)).toBe('replay_store_starting\n')
  })
})

it('the page names each option, and each command that the store needs', () => {
  const names = [
    'startsFresh',
    'maxEntries',
    'maxEntriesPerPrincipal',
    'keyPrefix',
    'partitions',
    'onFloorRaised',
    'clock',
  ]
  for (const name of names) expect(page).toContain(`| \`${name}\` |`)
  const script = readFileSync(join(root, 'packages/verifier/src/replay/redis/claim-script.ts'), 'utf8')
  const commands = new Set([...script.matchAll(/redis\.call\('(\w+)'/g)].map(([, name = '']) => name.toLowerCase()))
  expect([...commands].sort()).toEqual(
    ['exists', 'hdel', 'hgetall', 'hmget', 'hset', 'info', 'sadd', 'scard', 'smismember', 'time', 'unlink'].sort(),
  )
  for (const command of commands) expect(page).toMatch(new RegExp(`\`eval evalsha [a-z ]*${command}`))
})
