import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { FILE_FORMATS } from '../downloads.js';

/** How a table is wanted. */
export const TableFormat = Type.Optional(
  Type.Enum(['json', ...FILE_FORMATS], { default: 'json', description: 'csv and parquet are whole files' }),
);

export const FileFormat = Type.Optional(Type.Enum([...FILE_FORMATS], { default: 'csv' }));

const File = Type.Unsafe<Readable>({ type: 'string', format: 'binary' });

/** What an answer with a file is documented as, beside its JSON form if there is one. */
export const FILES = {
  'text/csv': { schema: File },
  'application/vnd.apache.parquet': { schema: File },
} as const;
