import { type TStringOptions, Type } from '#typebox';

/** Text that PostgreSQL can store: without NUL and without unpaired surrogates. */
export function Text(options: TStringOptions) {
  return Type.String({ ...options, pattern: '^[^\\u0000\\ud800-\\udfff]*$' });
}
