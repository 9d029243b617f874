import { type TSchema, Type } from '#typebox';

/** A value, or null. */
export function maybe<Schema extends TSchema>(schema: Schema, description: string) {
  return Type.Union([schema, Type.Null()], { description });
}
