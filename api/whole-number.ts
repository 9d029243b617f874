import { type TNumberOptions, Type } from '#typebox';

/** A whole number from 0 to the largest that doubles represent exactly. */
export function WholeNumber(options: TNumberOptions) {
  return Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...options });
}
