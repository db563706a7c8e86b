import { addField, dropField, editField, type HeaderLine, type RawRequest } from '../raw-request.ts'

/** Changes a captured request. */
export type Edit = (captured: RawRequest) => RawRequest

/** Several edits, one after another. */
export function edits(...all: readonly Edit[]): Edit {
  return (captured) => all.reduce((request, edit) => edit(request), captured)
}

/** Another request target. */
export function toTarget(target: string): Edit {
  return (captured) => ({ ...captured, target })
}

/** Another method. */
export function toMethod(method: string): Edit {
  return (captured) => ({ ...captured, method })
}

/** Another body, with a Content-Length that fits. */
export function toBody(text: string): Edit {
  return (captured) => ({ ...captured, body: Buffer.from(text) })
}

/** No body, and nothing that announces one. */
export function withoutBody(captured: RawRequest): RawRequest {
  return { ...captured, body: undefined }
}

/** A field with another value. */
export function toField(name: string, value: string): Edit {
  return (captured) => editField(captured, name, () => value)
}

/** Further field lines at the end. */
export function withFields(...lines: readonly HeaderLine[]): Edit {
  return (captured) => lines.reduce((request, [name, value]) => addField(request, name, value), captured)
}

/** Less of its fields. */
export function withoutFields(...names: readonly string[]): Edit {
  return (captured) => names.reduce(dropField, captured)
}

/** No signature at all. */
export const unsigned: Edit = withoutFields('signature', 'signature-input')

/** Signature-Input as another text. */
export function editInput(edit: (text: string) => string): Edit {
  return (captured) => editField(captured, 'signature-input', edit)
}

/** Signature as another text. */
export function editSignature(edit: (text: string) => string): Edit {
  return (captured) => editField(captured, 'signature', edit)
}

/** The bytes of the signature, encoded again. */
export function editBytes(edit: (bytes: Buffer) => Uint8Array): Edit {
  return editSignature((text) => {
    const bytes = Buffer.from(text.slice('sig1=:'.length, -1), 'base64')
    return `sig1=:${Buffer.from(edit(bytes)).toString('base64')}:`
  })
}
