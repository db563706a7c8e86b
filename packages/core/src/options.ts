/**
 * Refuses options that nobody reads, so that a misspelt one is found when a client or verifier is
 * created, and not by an attacker.
 *
 * @param known every option that the function has.
 * @throws TypeError with the nearest thing to what was meant.
 */
export function refuseUnknownOptions(functionName: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`${functionName} has no option "${name}". It has: ${known.join(', ')}`)
    }
  }
}
