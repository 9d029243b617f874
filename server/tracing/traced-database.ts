import type { Database, Sql } from '../store/database.js';
import { spanned } from './span.js';

/** A database whose queries are parts of the traces of requests. What stands for the values in them is not told. */
export function tracedDatabase(database: Database): Database {
  const { query } = tracedSql(database);
  return {
    kind: database.kind,
    query,
    execute: (script) => database.execute(script),
    transaction: (body) =>
      spanned('transaction', SYSTEM, () => database.transaction((sql) => body(tracedSql(sql)))),
    exclusively: (body) => database.exclusively(body),
    close: () => database.close(),
  };
}

/** As the semantic conventions of OpenTelemetry name it; PGlite is PostgreSQL too. */
const SYSTEM = { 'db.system.name': 'postgresql' };

function tracedSql(sql: Sql): Sql {
  return {
    query: <Row>(text: string, values?: readonly unknown[]) => {
      const operation = /\w+/.exec(text)?.[0].toUpperCase() ?? 'query';
      const attributes = { ...SYSTEM, 'db.operation.name': operation, 'db.query.text': text };
      return spanned(operation, attributes, () => sql.query<Row>(text, values));
    },
  };
}
