/** An answer that is an error: what the client did wrong and what would be right. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  /**
   * @param code stable, for programs: `unknown_device`
   * @param details one entry per problem, where there can be several
   */
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    readonly details?: readonly ErrorDetail[],
  ) {
    super(message);
  }
}

/** A request that is refused for one of its fields. */
export function badField(field: string, message: string): ApiError {
  return new ApiError(400, 'invalid_request', `${field}: ${message}`, [{ field, message }]);
}

export interface ErrorDetail {
  /** Dotted path of the field in the request, or the file or folder concerned. */
  readonly field?: string;
  readonly message: string;
}

/** Errors that one answer lists; the rest is counted. */
export const MAX_DETAILS = 100;

/**
 * Refuses rows of which some are bad, all together.
 *
 * @throws ApiError 400 with one entry per bad row, the first hundred
 */
export function throwIfAny(code: string, details: readonly ErrorDetail[]): void {
  if (details.length === 0) return;
  const [{ field, message }] = details;
  const more = details.length === 1 ? '' : ` (and ${details.length - 1} more)`;
  throw new ApiError(
    400,
    code,
    `nothing was kept; ${field}: ${message}${more}`,
    details.slice(0, MAX_DETAILS),
  );
}

/** The one shape in which every error leaves the service. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: readonly ErrorDetail[];
  };
}

export function errorBody({ code, message, details }: ApiError): ErrorBody {
  return { error: { code, message, details } };
}
