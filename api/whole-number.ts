import { type TNumberOptions, Type } from '#typebox';

/** A whole number of at least 0, as large as doubles can tell apart. */
export function WholeNumber(options: TNumberOptions) {
  return Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...options });
}
