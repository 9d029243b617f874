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
