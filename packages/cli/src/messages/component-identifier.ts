import {
  type ComponentIdentifier,
  createResponseMessage,
  createSignatureInput,
  parseSignatures,
  readSignatureInput,
} from '@countersign/core'
import { reasonOf, usageFailure } from '../failure.ts'

/**
 * The components that an option names: `x-tenant`, `@scheme`, or as they stand in a signature base, with their
 * parameters (RFC 9421 2): `"@query-param";name="to"`.
 *
 * @throws CommandFailure for what is none.
 */
export function componentsNamed(option: string, texts: readonly string[] = []): readonly ComponentIdentifier[] {
  return texts.map((text) => {
    try {
      return text.startsWith('"') ? identifierOf(text) : plain(text)
    } catch (error) {
      throw usageFailure(`${option} takes a component, as in x-tenant or "@query-param";name="to": ${reasonOf(error)}`)
    }
  })
}

function plain(name: string): ComponentIdentifier {
  return onlyOne(createSignatureInput([name], {}).components)
}

/** Read as the member of a Signature-Input would be: there is one parser of identifiers. */
function identifierOf(text: string): ComponentIdentifier {
  const headers = [
    ['Signature-Input', `sig1=(${text})`],
    ['Signature', 'sig1=:AA==:'],
  ] as const
  const [signature] = parseSignatures(createResponseMessage({ status: 200, headers }))
  return onlyOne(signature === undefined ? [] : readSignatureInput(signature.input).components)
}

function onlyOne(components: readonly ComponentIdentifier[]): ComponentIdentifier {
  const [first, second] = components
  if (first !== undefined && second === undefined) return first
  throw new TypeError('that is not one component')
}
