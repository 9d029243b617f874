import { type Static, Type } from '#typebox';
import { InputError } from '../../src/base/errors.js';
import { parseJsonFile } from '../../src/base/json-file.js';
import { newestSchema } from '../store/migrations.js';
import type { ArchiveEntry } from './archive.js';

/** The first entry of a backup. */
const MANIFEST = 'backup.json';

/** Version of the backup format; `schema` is that of the tables' contents. */
const FORMAT_VERSION = 1;

/** Fields of every version of the format. */
const Head = Type.Object({
  format: Type.Literal('tempograph backup'),
  version: Type.Integer(),
  /** Version of the tempograph that wrote it. */
  tempograph: Type.String(),
});

const Manifest = Type.Object({
  ...Head.properties,
  /** The store's schema: number of migrations. */
  schema: Type.Integer({ minimum: 1 }),
  createdAt: Type.String(),
  tables: Type.Array(
    Type.Object({
      name: Type.String(),
      columns: Type.Array(Type.String()),
      /** Identity columns and the last number given; null before the first. */
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
 * @throws InputError if it is not one, or a newer tempograph wrote it
 */
export function readManifest(file: string, { name, content }: ArchiveEntry): Manifest {
  if (name !== MANIFEST) {
    throw new InputError(`it is not a backup: its first entry is ${name}, not ${MANIFEST}`, { file });
  }
  const text = content.toString();
  const { version, tempograph } = parseJsonFile(Head, text, file);
  if (version > FORMAT_VERSION) {
    throw new InputError(
      `it is a backup of version ${version}, written by a newer tempograph (${tempograph}); this one reads versions up to ${FORMAT_VERSION}`,
      { file },
    );
  }
  const manifest = parseJsonFile(Manifest, text, file);
  if (manifest.schema > newestSchema) {
    throw new InputError(
      `it has schema ${manifest.schema}, written by a newer tempograph (${tempograph}); this one knows schemas up to ${newestSchema}`,
      { file },
    );
  }
  return manifest;
}
