import { vectorKey } from '../keys/key-ring.mjs'
import { assembleBase } from '../oracle/signature-base.mjs'
import { deterministicAlgorithms, signBase } from '../oracle/signatures.mjs'
import { readIdentifier } from '../oracle/structured-fields.mjs'

/** The time of the examples in RFC 9421. Nothing here depends on it. */
export const created = 1618884473

/**
 * A test of a base as its author writes it.
 *
 * @typedef {object} BaseEntry
 * @property {string} id
 * @property {string} comment
 * @property {string} [method] of the request. GET, where it is absent
 * @property {string} [url]
 * @property {string} [target] the request target, where it is not the origin-form of the URL
 * @property {readonly (readonly [string, string])[]} [headers] of the request; Host is added where it is missing
 * @property {readonly (readonly [string, string])[]} [trailers] of the request
 * @property {string} [content] of the request
 * @property {object} [response]
 * @property {readonly string[]} [lines] of the base, without the last: what the author read out of the RFC
 * @property {readonly string[]} [covered] of a refused one: component identifiers
 * @property {readonly object[]} [components] in the place of `covered`, for what no identifier can be written of
 * @property {string} [error] the code of a refused one
 * @property {readonly string[]} [also] other codes that are right
 * @property {readonly string[]} [rfc]
 * @property {string} [level]
 * @property {readonly string[]} [flags]
 * @property {readonly string[]} [requires]
 * @property {readonly (readonly [string, string | number])[]} [parameters]
 */

/**
 * A group of bases, with what its tests have in common.
 *
 * @param {{ id: string, comment: string, key: string, policy?: object } & Partial<BaseEntry>} common
 * @param {readonly BaseEntry[]} entries
 */
export function baseGroup({ id, comment, policy, ...common }, entries) {
  return { id, comment, type: 'base', policy, tests: entries.map((entry) => baseTest({ ...common, ...entry })) }
}

/** @param {BaseEntry & { key: string }} entry */
function baseTest(entry) {
  const { id, comment, flags = ['ComponentValue'], rfc, level = 'must', requires, key, label = 'sig1' } = entry
  const {
    parameters = [
      ['created', created],
      ['keyid', vectorKey(key).keyid],
    ],
  } = entry
  const components = entry.components ?? (entry.lines ?? entry.covered).map(readIdentifier)
  const about = { id, comment, flags, rfc, level, requires, message: messageOf(entry) }
  const test = { ...about, label, key, components, parameters }
  return entry.lines === undefined ? { ...test, expect: refusal(entry) } : { ...test, ...signedBase(entry, test) }
}

function refusal({ id, error, also }) {
  if (error === undefined) throw new Error(`${id} has neither lines nor an error`)
  return { result: 'reject', error, ...(also && { alsoAllowed: also }) }
}

function signedBase({ id, lines, error }, { key, components, parameters }) {
  if (error !== undefined) throw new Error(`${id} has lines and an error`)
  const { input, base } = assembleBase(lines, { components, parameters })
  return {
    signatureInput: input,
    signatureBase: base,
    signature: signBase(key, base),
    ...(deterministicAlgorithms.has(vectorKey(key).algorithm) && { deterministic: true }),
    expect: { result: 'accept' },
  }
}

/** @param {Partial<BaseEntry>} entry */
export function messageOf({ method = 'GET', url = 'https://bank.example/', target, headers = [], ...rest }) {
  const request = { method, url, ...(target !== undefined && { requestTarget: target }) }
  const host = /^[a-z]+:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(url)?.[1] ?? ''
  const named = headers.some(([name]) => name.toLowerCase() === 'host')
  const all = named ? headers : [['Host', host], ...headers]
  const content = rest.content === undefined ? {} : { body: Buffer.from(rest.content).toString('base64') }
  const whole = { ...request, headers: all, ...(rest.trailers && { trailers: rest.trailers }), ...content }
  return { request: whole, ...(rest.response && { response: rest.response }) }
}
