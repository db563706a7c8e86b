/** What is expected of a vector that must be accepted. */
export function accepted(by = {}) {
  return { result: 'accept', ...by }
}

/** What is expected of one that must be refused: the code of Countersign, and others that are right too. */
export function refused(error, ...alsoAllowed) {
  return { result: 'reject', error, ...(alsoAllowed.length > 0 && { alsoAllowed }) }
}
