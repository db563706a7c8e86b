import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAccounts } from './honest/accounts.mjs'
import { homeMadeSteps, signHomeMade } from './honest/home-made-scheme.mjs'
import { startServer } from './honest/honest-server.mjs'
import { honestSteps } from './honest/honest-steps.mjs'

const usualRequest = { method: 'POST', target: '/transfers?memo=rent&year=2031', body: '{"to":"bob","amount":1}' }

/**
 * The steps of the server without the flaw, and of the one with it.
 *
 * @param {Pick<import('./flaws/all-flaws.mjs').Flaw, 'scheme' | 'plant'>} flaw
 */
export function stepsOf({ scheme, plant }) {
  const right = scheme === 'home-made' ? homeMadeSteps : honestSteps
  return { right, flawed: { ...right, ...plant() } }
}

/**
 * Starts a server with one flaw, and makes the keys of its clients.
 *
 * @param {Omit<import('./flaws/all-flaws.mjs').Flaw, 'attacks' | 'caughtBy'>} flaw
 * @param {{ port?: number }} [options]
 */
export async function startFlawed(flaw, { port = 0 } = {}) {
  const { privateJwks, keys } = await createAccounts(flaw.secondKey ? ['alice', 'carol'] : ['alice'], flaw.algorithm)
  const { flawed: steps } = stepsOf(flaw)
  const server = await startServer({ keys, steps, port, ...(flaw.window && { window: flaw.window }) })
  const folder = mkdtempSync(join(tmpdir(), 'countersign-flawed-'))
  const keyFiles = privateJwks.map((jwk) => {
    const file = join(folder, `${jwk.kid}.jwk`)
    writeFileSync(file, JSON.stringify(jwk), { mode: 0o600 })
    return file
  })
  return {
    origin: server.origin,
    probeArguments: probeArguments(flaw, { origin: server.origin, steps, keyFiles, jwk: privateJwks[0] }),
    async close() {
      rmSync(folder, { recursive: true })
      await server.close()
    },
  }
}

/** What `countersign` is called with to probe the server. */
function probeArguments({ request, scheme, waitSeconds }, { origin, steps, keyFiles, jwk }) {
  const { method, target, body } = request ?? usualRequest
  const identity =
    scheme === 'home-made'
      ? headerArguments(signHomeMade({ origin, method, target, body, jwk }, steps))
      : keyFiles.flatMap((file, index) => [index === 0 ? '--key' : '--second-key', file])
  const content = body === undefined ? [] : ['--data', body]
  const type = body === undefined || scheme === 'home-made' ? [] : ['--header', 'Content-Type: application/json']
  const wait = waitSeconds === undefined ? [] : ['--wait', String(waitSeconds)]
  return ['probe', method, origin + target, ...identity, ...type, ...content, ...wait, '--count-url', `${origin}/count`]
}

function headerArguments(headers) {
  return Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`])
}
