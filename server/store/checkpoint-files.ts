import type { Sql } from './database.js';
import type { StoredFile } from './stored-file.js';

/** The checkpoint of a job. */
export async function findCheckpoint(sql: Sql, job: string): Promise<StoredFile[]> {
  return sql.query<StoredFile>('SELECT name, content FROM checkpoint_file WHERE job = $1 ORDER BY name', [
    job,
  ]);
}

/**
 * Saves files of a job, replacing older ones with the same names.
 *
 * @param names names of all files that the job still needs
 */
export async function keepCheckpoint(
  sql: Sql,
  job: string,
  files: readonly StoredFile[],
  names: readonly string[],
): Promise<void> {
  await sql.query('DELETE FROM checkpoint_file WHERE job = $1 AND name <> ALL ($2::text[])', [job, names]);
  for (const { name, content } of files) {
    await sql.query(
      `INSERT INTO checkpoint_file (job, name, content) VALUES ($1, $2, $3)
       ON CONFLICT (job, name) DO UPDATE SET content = excluded.content`,
      [job, name, content],
    );
  }
}

/** Deletes the checkpoint of a job. */
export async function dropCheckpoint(sql: Sql, job: string): Promise<void> {
  await sql.query('DELETE FROM checkpoint_file WHERE job = $1', [job]);
}
