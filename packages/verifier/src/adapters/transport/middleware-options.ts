import { refuseUnknownOptions } from '@countersign/core'
import { type FieldReader, isPreflight } from '../../request/preflight.ts'

/** What the middleware of any framework can be told. */
export interface MiddlewareOptions {
  /**
   * Passes CORS preflights on unsigned, for routes that answer them: a browser cannot sign one. Better is a CORS
   * middleware before verification, which answers them all, so that no route ever sees one.
   *
   * @default false
   */
  readonly allowPreflight?: boolean
}

/**
 * Makes of the options what says whether a request is passed on unsigned.
 *
 * @throws TypeError for an option that there is not, or of a wrong type.
 */
export function middlewareOptions(options: MiddlewareOptions): (method: string, fieldOf: FieldReader) => boolean {
  refuseUnknownOptions('protect', options, ['allowPreflight'])
  const { allowPreflight = false } = options
  if (typeof allowPreflight !== 'boolean') throw new TypeError('allowPreflight must be true or false')
  return (method, fieldOf) => allowPreflight && isPreflight(method, fieldOf)
}
