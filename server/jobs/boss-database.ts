import type PgBoss from 'pg-boss';
import type { Database, Sql } from '../store/database.js';

/** A database, or a transaction, in the form that pg-boss expects. */
export function bossDatabase(sql: Sql & Partial<Pick<Database, 'execute'>>): PgBoss.Db {
  return {
    async executeSql(text, values) {
      // Without values pg-boss sends several statements at once.
      const rows = values?.length || !sql.execute ? await sql.query(text, values) : await sql.execute(text);
      return { rows };
    },
  };
}
