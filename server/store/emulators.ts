import type { Sql } from './database.js';

/** The emulators made by jobs: the latest of each name, by the digest of its files. */
export async function trainedEmulators(sql: Sql): Promise<{ name: string; digest: string }[]> {
  return sql.query<{ name: string; digest: string }>(
    `SELECT DISTINCT ON (result->>'name') result->>'name' AS name, result->>'digest' AS digest
     FROM job WHERE kind = 'emulate' AND state = 'succeeded'
     ORDER BY result->>'name', finished_at DESC`,
  );
}
