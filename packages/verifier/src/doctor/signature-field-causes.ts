import { combinedValue, isSignatureError, parseSignatures, type RequestMessage } from '@countersign/core'
import type { Cause } from './diagnosis.ts'

/** One mistake in writing the two fields. */
interface Repair {
  readonly finding: string
  readonly cure: string
  readonly input?: (text: string) => string
  readonly signature?: (text: string) => string
}

const repairs: readonly Repair[] = [
  {
    finding: 'Signature has base64url between its colons.',
    cure: 'Encode the signature as base64 with + and /, padded (RFC 9651 3.3.5).',
    signature: (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  },
  {
    finding: 'Signature has its base64 in quotation marks.',
    cure: 'Put it between colons: sig1=:…: (RFC 9651 3.3.5).',
    signature: (text) => text.replace(/="([^"]*)"/g, '=:$1:'),
  },
  {
    finding: 'Signature has its base64 without the colons around it.',
    cure: 'Put it between colons: sig1=:…: (RFC 9651 3.3.5).',
    signature: (text) => text.replace(/^([a-z*][a-z0-9_\-.*]*)=([^:]*)$/, '$1=:$2:'),
  },
  {
    finding: 'Signature has another label than Signature-Input.',
    cure: 'Use one label in both: sig1=(…) and sig1=:…:',
    signature: (text) => text.replace(/^[a-z*][a-z0-9_\-.*]*=/, 'sig1='),
    input: (text) => text.replace(/^[a-z*][a-z0-9_\-.*]*=/, 'sig1='),
  },
  {
    finding: 'Signature-Input has single quotation marks, or none, around its components.',
    cure: 'Write ("@method" "@path") (RFC 9421 4.1).',
    input: (text) => text.replace(/\(([^)]*)\)/, (_list, names: string) => `(${quoted(names)})`),
  },
]

function quoted(names: string): string {
  const list = names.split(/[\s,]+/).filter((name) => name !== '')
  return list.map((name) => `"${name.replace(/["']/g, '').toLowerCase()}"`).join(' ')
}

/** Says what is wrong with Signature-Input and Signature; undefined where they can be read. */
export function signatureFieldCause(message: RequestMessage): Cause | undefined {
  const refusal = refusalOf(message)
  if (refusal === undefined) return undefined
  const input = combinedValue(message.headers, 'signature-input')
  const signature = combinedValue(message.headers, 'signature')
  if (input === undefined || signature === undefined) {
    const missing = input === undefined ? 'Signature-Input' : 'Signature'
    return {
      cause: 'signature-fields',
      finding: `There is no ${input === signature ? 'Signature-Input and no Signature' : missing}.`,
      cure: 'Let the client sign, and no proxy or CORS rule take the two fields away.',
      proven: true,
    }
  }
  for (const repair of repairs) {
    const fields = {
      'signature-input': repair.input?.(input) ?? input,
      signature: repair.signature?.(signature) ?? signature,
    }
    const headers = new Map([
      ...message.headers,
      ...Object.entries(fields).map(([name, text]) => [name, [text]] as const),
    ])
    if (refusalOf({ ...message, headers }) === undefined) {
      return { cause: 'signature-fields', finding: repair.finding, cure: repair.cure, proven: true }
    }
  }
  return { cause: 'signature-fields', finding: refusal, cure: 'Compare the two fields with RFC 9421 4.', proven: true }
}

function refusalOf(message: RequestMessage): string | undefined {
  try {
    parseSignatures(message)
    return undefined
  } catch (error) {
    if (isSignatureError(error)) return error.message
    throw error
  }
}
