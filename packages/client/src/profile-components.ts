/** What must be signed where it is present, since it changes what a request means or who makes it. */
const coveredWhenPresent = ['authorization', 'idempotency-key'] as const

/** The same of a body. */
const coveredWithBody = ['content-digest', 'content-type', 'content-encoding'] as const

/**
 * The components that the default profile covers of a request, in its order (docs/profile.md, section 1): for signers
 * that build on `sign` of `@countersign/core`.
 *
 * @param has whether the request has a field of this lower-case name.
 * @param hasContent whether it has a body of at least one byte.
 */
export function profileComponents(has: (name: string) => boolean, hasContent: boolean): readonly string[] {
  const whenPresent = hasContent ? [...coveredWithBody, ...coveredWhenPresent] : coveredWhenPresent
  return ['@method', '@authority', '@path', '@query', ...whenPresent.filter(has)]
}
