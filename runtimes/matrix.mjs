import { createHash, randomUUID } from 'node:crypto'
import { createKeys, refereeVerifies } from './keys.mjs'

/** @typedef {import('./engines/runtime.mjs').Runtime} Runtime */
/** @typedef {import('./suite/samples.ts').Sample} Sample */

/**
 * What one runtime says of what another signed with one algorithm.
 *
 * @typedef {object} Cell
 * @property {string} signer
 * @property {string} verifier
 * @property {string} algorithm
 * @property {boolean} accepted
 * @property {string} [reason]
 */

/** The verifier that is none of our code: `node:crypto`, over a signature base that is put together by hand. */
export const referee = 'referee'

/**
 * Lets each runtime sign with each algorithm that it has, and each verify what all have signed.
 *
 * @param {readonly Runtime[]} runtimes that are installed
 * @returns {Promise<{ algorithms: readonly string[], cells: readonly Cell[] }>} no cell where one of the two lacks the algorithm
 */
export async function crossCheck(runtimes) {
  const keys = createKeys()
  const now = Math.floor(Date.now() / 1000)
  const nonce = randomUUID()
  const participants = runtimes.filter(({ signs = true }) => signs)
  /** @type {{ signer: string, sample: Sample }[]} */
  const signed = []
  for (const runtime of participants) {
    const algorithms = keys.map(({ algorithm }) => algorithm).filter((algorithm) => has(runtime, algorithm))
    const { samples } = await runtime.run({ kind: 'sign', keys, algorithms, now, nonce })
    for (const sample of samples) signed.push({ signer: runtime.name, sample })
    requireEach(runtime.name, algorithms, samples)
  }
  const cells = signed.map(({ signer, sample }) => refereeCell(signer, sample, { keys, now, nonce }))
  for (const runtime of participants) {
    const fit = signed.filter(({ sample }) => has(runtime, sample.algorithm))
    const usable = keys.filter(({ algorithm }) => has(runtime, algorithm))
    const samples = fit.map(({ sample }) => sample)
    const { verdicts } = await runtime.run({ kind: 'verify', keys: usable, samples, now })
    requireEach(runtime.name, samples, verdicts)
    fit.forEach(({ signer, sample }, index) => {
      cells.push({ signer, verifier: runtime.name, algorithm: sample.algorithm, ...verdicts[index] })
    })
  }
  for (const runtime of participants) await runtime.close?.()
  return { algorithms: keys.map(({ algorithm }) => algorithm), cells }
}

/** @param {Runtime} runtime @param {string} algorithm */
function has({ capabilities }, algorithm) {
  return algorithm === 'hmac-sha256' || capabilities[algorithm.startsWith('rsa') ? 'rsa' : 'curves']
}

function requireEach(name, asked, given) {
  if (given.length !== asked.length)
    throw new Error(`${name} gave ${given.length} answers to ${asked.length} questions`)
}

/** @param {string} signer @param {Sample} sample */
function refereeCell(signer, sample, { keys, now, nonce }) {
  const { algorithm, keyId, base, headers } = sample
  const key = keys.find((candidate) => candidate.algorithm === algorithm)
  const fieldOf = (name) => headers.find(([field]) => field === name)?.[1] ?? ''
  const signature = fieldOf('signature')
    .replace(/^sig1=:/, '')
    .replace(/:$/, '')
  const cell = { signer, verifier: referee, algorithm }
  if (base !== expectedBase({ now, nonce, algorithm, keyId }))
    return { ...cell, accepted: false, reason: 'another base' }
  if (refereeVerifies(key, base, signature)) return { ...cell, accepted: true }
  return { ...cell, accepted: false, reason: 'the signature does not verify' }
}

/** The base of a sample as RFC 9421 2.5 has it, for the one message that is signed. */
function expectedBase({ now, nonce, algorithm, keyId }) {
  const digest = createHash('sha256').update('{"to":"b\u00f6b","amount":10}').digest('base64')
  const components = '("@method" "@authority" "@path" "@query" "content-digest" "content-type")'
  const parameters = `;created=${now};expires=${now + 60};nonce="${nonce}";alg="${algorithm}";keyid="${keyId}"`
  return `"@method": POST
"@authority": bank.example
"@path": /transfers
"@query": ?to=bob%20b&note=
"content-digest": sha-256=:${digest}:
"content-type": application/json
"@signature-params": ${components}${parameters}`
}
