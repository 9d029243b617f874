import type { Readable } from 'node:stream';
import { type TSchema, Type } from '#typebox';

/** Files that tables are downloaded as. */
const FILE_FORMATS = ['csv', 'parquet'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** How a table is wanted. */
export const TableFormat = Type.Optional(
  Type.Enum(['json', ...FILE_FORMATS], { default: 'json', description: 'csv and parquet are whole files' }),
);

/** Of what has nothing to ask but how it is wanted. */
export const TableQuery = Type.Object({ format: TableFormat });

export const FileFormat = Type.Optional(Type.Enum([...FILE_FORMATS], { default: 'csv' }));

const File = Type.Unsafe<Readable>({ type: 'string', format: 'binary' });

/** What an answer with a file is documented as. */
export const FILES = {
  'text/csv': { schema: File },
  'application/vnd.apache.parquet': { schema: File },
} as const;

/** What an answer is documented as that is JSON or, where that is asked for, a file. */
export function jsonOrFile<Json extends TSchema>(schema: Json) {
  return { content: { 'application/json': { schema }, ...FILES } } as const;
}
