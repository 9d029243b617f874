import { DatabaseUnavailable } from '../store/database.js';
import { DiskFull } from '../store/disk-space.js';
import {
  type ErrorDetail,
  malformedField,
  Refusal,
  type RefusalKind,
  refuseIfAny,
} from '../store/refusal.js';

export { type ErrorDetail, MAX_DETAILS } from '../store/refusal.js';

/** An error answer: what the client did wrong, and what would be right. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  /**
   * @param code stable, for programs: `unknown_device`
   * @param details one entry per problem, if there can be several
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

/** The refusal of a request because of one field. */
export function badField(field: string, message: string): ApiError {
  return asApiError(malformedField(field, message));
}

/**
 * Refuses all rows if some are bad.
 *
 * @throws ApiError 400 with one entry per bad row, the first hundred
 */
export function throwIfAny(code: string, details: readonly ErrorDetail[]): void {
  try {
    refuseIfAny(code, details);
  } catch (error) {
    throw error instanceof Refusal ? asApiError(error) : error;
  }
}

const STATUS: Readonly<Record<RefusalKind, number>> = {
  unknown: 404,
  conflict: 409,
  malformed: 400,
  unavailable: 503,
};

/** A refusal of the store as an HTTP error. */
export function asApiError({ kind, code, message, details }: Refusal): ApiError {
  return new ApiError(STATUS[kind], code, message, details);
}

/** Whether the store is temporarily unable to do something. */
export function isStoreAway(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable || error instanceof DiskFull) return true;
  return error instanceof Refusal && error.kind === 'unavailable';
}

/** The shape of every error answer. */
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
