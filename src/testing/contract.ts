/**
 * Fails a contract check with a message that names what broke it.
 *
 * @throws Error unless the condition holds
 */
export function holds(condition: boolean, of: string, claim: string): asserts condition {
  if (!condition) throw new Error(`${of} breaks its contract: ${claim}`);
}
