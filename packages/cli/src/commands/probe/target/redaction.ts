import { fieldValues, type RawRequest } from '../../../messages/raw-message.ts'
import { printable } from '../../../terminal/paint.ts'
import { isCredential, isSecretParameter } from './facts.ts'

/** Makes text of the other side fit for a report: no secret of the request, no control characters, no more than fits. */
export type Redact = (text: string, maxLength?: number) => string

/** Shorter values stand in other text by chance. */
const shortestSecret = 6

/** What is left out of every report: the values of the fields and parameters of a request that prove who asks. */
export function redactor(request: RawRequest, further: readonly string[] = []): Redact {
  const secrets = [...new Set([...secretsOf(request), ...further])]
    .filter((secret) => secret.length >= shortestSecret)
    // A secret that holds another one goes first.
    .sort((left, right) => right.length - left.length)
  return (text, maxLength = 300) => {
    const redacted = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
    const shown = printable(redacted)
    return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown
  }
}

function secretsOf({ headers, target }: RawRequest): readonly string[] {
  const values = headers.filter(([name]) => isCredential(name)).map(([, value]) => value)
  // "Bearer abc", "session=abc; theme=dark": the parts are secret by themselves.
  const parts = values.flatMap((value) => value.split(/[\s;,]+/)).map((part) => part.replace(/^[\w-]+=/, ''))
  const basic = fieldValues(headers, 'authorization').flatMap(decodedBasic)
  const parameters = queryOf(target)
    .filter(isSecretParameter)
    .map((parameter) => parameter.replace(/^[^=]*=/, ''))
  return [...values, ...parts, ...basic, ...parameters, ...parameters.map(decoded)]
}

/** Basic hides nothing: a server that greets by name and password would show them. */
function decodedBasic(value: string): readonly string[] {
  const encoded = /^basic\s+(\S+)/i.exec(value)?.[1]
  if (encoded === undefined) return []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  return [text, text.slice(text.indexOf(':') + 1)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function queryOf(target: string): readonly string[] {
  return (/\?(.*)$/s.exec(target)?.[1] ?? '').split('&')
}

/** A URL for reports: the names of its parameters, and not what they say. */
export function shownUrl(origin: string, target: string): string {
  const [path = '', query] = target.split('?', 2)
  const names =
    query === undefined
      ? ''
      : `?${query
          .split('&')
          .map((part) => part.replace(/=.*$/s, '=…'))
          .join('&')}`
  return printable(`${origin}${path}${names}`)
}
