import type { Readable } from 'node:stream';
import { type TSchema, Type } from '#typebox';

/** File formats in which tables can be downloaded. */
const FILE_FORMATS = ['csv', 'parquet'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** The format in which a table is requested. */
export const TableFormat = Type.Optional(
  Type.Enum(['json', ...FILE_FORMATS], { default: 'json', description: 'csv and parquet are whole files' }),
);

/** Query of routes whose only option is the format. */
export const TableQuery = Type.Object({ format: TableFormat });

export const FileFormat = Type.Optional(Type.Enum([...FILE_FORMATS], { default: 'csv' }));

const File = Type.Unsafe<Readable>({ type: 'string', format: 'binary' });

/** Documentation of an answer with a file. */
export const FILES = {
  'text/csv': { schema: File },
  'application/vnd.apache.parquet': { schema: File },
} as const;

/** Documentation of an answer that is JSON or, if requested, a file. */
export function jsonOrFile<Json extends TSchema>(schema: Json) {
  return { content: { 'application/json': { schema }, ...FILES } } as const;
}
