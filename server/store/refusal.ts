/** One problem among several. */
export interface ErrorDetail {
  /** Dotted path of the field in the request, or the file or folder concerned. */
  readonly field?: string;
  readonly message: string;
}

/** Problems that one answer lists; the rest is counted. */
export const MAX_DETAILS = 100;

/** Why the store refuses something: what it is asked for is not there, contradicts what is, is malformed, or the store cannot be reached. */
export type RefusalKind = 'unknown' | 'conflict' | 'malformed' | 'unavailable';

/** What the store will not do, in words for whoever asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /**
   * @param code stable, for programs: `unknown_device`
   * @param details one entry per problem, where there can be several
   */
  constructor(
    readonly kind: RefusalKind,
    readonly code: string,
    message: string,
    readonly details?: readonly ErrorDetail[],
  ) {
    super(message);
  }
}

/** Refuses for one field. */
export function malformedField(field: string, message: string): Refusal {
  return new Refusal('malformed', 'invalid_request', `${field}: ${message}`, [{ field, message }]);
}

/**
 * Refuses rows of which some are bad, all together.
 *
 * @throws Refusal `malformed` with one entry per bad row, the first hundred
 */
export function refuseIfAny(code: string, details: readonly ErrorDetail[]): void {
  if (details.length === 0) return;
  const [{ field, message }] = details;
  const more = details.length === 1 ? '' : ` (and ${details.length - 1} more)`;
  const said = `nothing was kept; ${field}: ${message}${more}`;
  throw new Refusal('malformed', code, said, details.slice(0, MAX_DETAILS));
}
