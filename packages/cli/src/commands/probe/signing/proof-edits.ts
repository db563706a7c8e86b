import { randomBytes } from 'node:crypto'
import type { RawRequest } from '../../../messages/raw-message.ts'
import { type HomeMadeFields, isCredential, isSecretParameter } from '../target/facts.ts'
import { editedField, otherText, withoutFields } from './edits.ts'
import { onQuery } from './target-edits.ts'

/** Without anything that says or proves who asks. */
export function withoutProofs(request: RawRequest, { signature }: HomeMadeFields): RawRequest {
  const names = request.headers.map(([name]) => name).filter((name) => isCredential(name) || name === signature)
  return onQuery(withoutFields(request, ...names), (query) => query.filter((part) => !isSecretParameter(part)))
}

/** With a signature of the same size that cannot be right. */
export function withOtherSignature(request: RawRequest, { signature }: HomeMadeFields): RawRequest {
  if (signature !== undefined) return editedField(request, signature, otherText)
  return editedField(request, 'Signature', (value) =>
    value.replace(/:([A-Za-z0-9+/=]*):/g, (_all, base64: string) => {
      return `:${randomBytes(Math.max(Buffer.from(base64, 'base64').length, 32)).toString('base64')}:`
    }),
  )
}
