import {
  createRequestMessage,
  createResponseMessage,
  type FieldLine,
  type FieldTypes,
  type Message,
  parseSignatures,
  type RequestMessage,
  type RequestParts,
  type ResponseMessage,
  type ResponseParts,
  readSignatureInput,
  signatureBase,
} from '../../src/index.ts'

/** A GET request for `https://example.com/`, but for what is said. */
export function request(parts: Partial<RequestParts> = {}): RequestMessage {
  return createRequestMessage({ method: 'GET', url: 'https://example.com/', headers: [], ...parts })
}

/** A response with the status 200, but for what is said. */
export function response(parts: Partial<ResponseParts> = {}): ResponseMessage {
  return createResponseMessage({ status: 200, headers: [], ...parts })
}

/** The base that a verifier makes of a received Signature-Input: its member, without the label. */
export function receivedBase(message: Message, innerList: string, fieldTypes?: FieldTypes): string {
  const headers: FieldLine[] = [
    ['Signature-Input', `a=${innerList}`],
    ['Signature', 'a=:AAAA:'],
  ]
  const [signature] = parseSignatures(response({ headers }))
  return signatureBase(message, readSignatureInput(signature!.input), fieldTypes)
}

/** The value of the one component that a received Signature-Input covers. */
export function receivedValue(message: Message, identifier: string, fieldTypes?: FieldTypes): string {
  const base = receivedBase(message, `(${identifier})`, fieldTypes)
  return base.slice(`${identifier}: `.length, base.indexOf('\n'))
}
