import { messageOf } from '../components/base-group.mjs'
import { vectorKey } from '../keys/key-ring.mjs'
import { assembleBase } from '../oracle/signature-base.mjs'
import { deterministicAlgorithms, signBase } from '../oracle/signatures.mjs'
import { readIdentifier } from '../oracle/structured-fields.mjs'

/**
 * A group of signatures to be made, or not to be made. An entry is one of a base (see `baseGroup`).
 *
 * @param {{ id: string, comment: string }} common
 * @param {readonly object[]} entries
 */
export function signGroup({ id, comment, ...common }, entries) {
  return { id, comment, type: 'sign', tests: entries.map((entry) => signTest({ ...common, ...entry })) }
}

function signTest(entry) {
  const { id, comment, flags, rfc, level = 'must', requires, key, label = 'sig1' } = entry
  const {
    parameters = [
      ['created', 1618884473],
      ['keyid', vectorKey(key).keyid],
    ],
  } = entry
  const components = entry.components ?? (entry.lines ?? entry.covered).map(readIdentifier)
  const test = {
    id,
    comment,
    flags,
    rfc,
    level,
    requires,
    message: messageOf(entry),
    label,
    key,
    components,
    parameters,
  }
  if (entry.error !== undefined) {
    const { error, also } = entry
    return { ...test, expect: { result: 'reject', error, ...(also && { alsoAllowed: also }) } }
  }
  const { input, base } = assembleBase(entry.lines, { components, parameters })
  const signature = signBase(key, base)
  if (entry.printed !== undefined && entry.printed !== signature)
    throw new Error(`${id}: the RFC prints another signature`)
  const exact = deterministicAlgorithms.has(vectorKey(key).algorithm) && { deterministic: true }
  return { ...test, signatureInput: input, signatureBase: base, signature, ...exact, expect: { result: 'accept' } }
}
