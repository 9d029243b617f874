import { createHash } from 'node:crypto';
import type { Sql } from './database.js';
import type { StoredFile } from './stored-file.js';

/** The digest under which a version's files are kept. */
export function digestOf(files: readonly StoredFile[]): string {
  const hash = createHash('sha256');
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { content } of sorted) hash.update(content);
  return hash.digest('hex');
}

/** Keeps files; adding them again has no effect. */
export async function addFiles(sql: Sql, digest: string, files: readonly StoredFile[]): Promise<void> {
  for (const { name, content } of files) {
    await sql.query(
      'INSERT INTO model_file (digest, name, content) VALUES ($1, $2, $3) ON CONFLICT (digest, name) DO NOTHING',
      [digest, name, content],
    );
  }
}

/** The files kept under a digest; none for versions that were trained before files were kept in the store. */
export async function findFiles(sql: Sql, digest: string): Promise<StoredFile[]> {
  return sql.query<StoredFile>('SELECT name, content FROM model_file WHERE digest = $1', [digest]);
}
