/** One problem among several. */
export interface ErrorDetail {
  /** Dotted path of the field in the request, or the file or folder concerned. */
  readonly field?: string;
  readonly message: string;
}

/** Most problems listed in one answer; the rest is counted. */
export const MAX_DETAILS = 100;

/** Kinds of refusals: the thing is unknown, conflicts with what exists, or is malformed, or the store is unavailable. */
export type RefusalKind = 'unknown' | 'conflict' | 'malformed' | 'unavailable';

/** A refusal of the store, with a message for the client. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /**
   * @param code stable, for programs: `unknown_device`
   * @param details one entry per problem, if there can be several
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

/** A refusal because of one field. */
export function malformedField(field: string, message: string): Refusal {
  return new Refusal('malformed', 'invalid_request', `${field}: ${message}`, [{ field, message }]);
}

/**
 * Refuses all rows if some are bad.
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
