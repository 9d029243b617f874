import type { Sql } from './database.js';
import type { StoredFile } from './stored-file.js';

/** What the attempts of a job have left for the next. */
export async function findCheckpoint(sql: Sql, job: string): Promise<StoredFile[]> {
  return sql.query<StoredFile>('SELECT name, content FROM checkpoint_file WHERE job = $1 ORDER BY name', [
    job,
  ]);
}

/**
 * Keeps files of a job, in place of older ones of the same names.
 *
 * @param names of all files that the job needs from now on
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

/** Forgets what a job would go on from. */
export async function dropCheckpoint(sql: Sql, job: string): Promise<void> {
  await sql.query('DELETE FROM checkpoint_file WHERE job = $1', [job]);
}
