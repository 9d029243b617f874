import { type Static, Type } from '#typebox';
import { InputError } from '../../src/base/errors.js';
import { parseJsonFile } from '../../src/base/json-file.js';
import { newestSchema } from '../store/migrations.js';
import type { ArchiveEntry } from './archive.js';

/** The first entry of a backup. */
const MANIFEST = 'backup.json';

/** Of the format of backups; of what is in the tables `schema` tells. */
const FORMAT_VERSION = 1;

/** What every version of the format has. */
const Head = Type.Object({
  format: Type.Literal('tempograph backup'),
  version: Type.Integer(),
  /** Of the tempograph that wrote it. */
  tempograph: Type.String(),
});

const Manifest = Type.Object({
  ...Head.properties,
  /** The store's schema: steps of its history. */
  schema: Type.Integer({ minimum: 1 }),
  createdAt: Type.String(),
  tables: Type.Array(
    Type.Object({
      name: Type.String(),
      columns: Type.Array(Type.String()),
      /** Columns that are numbered by the database, and the last number given; null before the first. */
      identities: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])),
      rows: Type.Integer(),
    }),
  ),
});
export type Manifest = Static<typeof Manifest>;

export function manifestEntry(manifest: Omit<Manifest, 'format' | 'version'>): ArchiveEntry {
  const whole: Manifest = { format: 'tempograph backup', version: FORMAT_VERSION, ...manifest };
  return { name: MANIFEST, content: Buffer.from(JSON.stringify(whole, null, 2)) };
}

/**
 * Reads the first entry of a backup.
 *
 * @throws InputError if it is none, or a newer tempograph wrote it
 */
export function readManifest(file: string, { name, content }: ArchiveEntry): Manifest {
  if (name !== MANIFEST) {
    throw new InputError(`it is no backup: its first entry is ${name}, not ${MANIFEST}`, { file });
  }
  const text = content.toString();
  const { version, tempograph } = parseJsonFile(Head, text, file);
  if (version > FORMAT_VERSION) {
    throw new InputError(
      `it is a backup of version ${version}, of a newer tempograph (${tempograph}); this one reads up to ${FORMAT_VERSION}`,
      { file },
    );
  }
  const manifest = parseJsonFile(Manifest, text, file);
  if (manifest.schema > newestSchema) {
    throw new InputError(
      `it has schema ${manifest.schema}, of a newer tempograph (${tempograph}); this one knows ${newestSchema}`,
      { file },
    );
  }
  return manifest;
}
