import { type TStringOptions, Type } from '#typebox';

/** Text that PostgreSQL can keep: without NUL and without halves of surrogate pairs. */
export function Text(options: TStringOptions) {
  return Type.String({ ...options, pattern: '^[^\\u0000\\ud800-\\udfff]*$' });
}
