import pg from 'pg';
import { type Database, DatabaseUnavailable, type Sql } from './database.js';

/** Any number that only tempograph's set-up uses: the advisory lock while migrations run. */
const SET_UP_LOCK = 7_366_118_025;

/** How long a statement may take, ms: a machine that disappears does not close its connections. */
const LIMIT_MS = 120_000;
/** Limit of statements that may take any time, ms: pg's timers do not accept infinity. */
const ANY_TIME_MS = 2 ** 31 - 1;
/** Silence after which the system checks whether the other end is still there, ms. */
const ALIVE_AFTER_MS = 10_000;

export interface PostgresOptions {
  /** How long a statement may take, ms. */
  readonly limitMs?: number;
}

/** PostgreSQL 14 or later, shared by any number of processes. */
export class PostgresDatabase implements Database {
  readonly kind = 'postgresql';

  private constructor(private readonly pool: pg.Pool) {}

  /** @throws DatabaseUnavailable if it does not answer, or is older than 14 */
  static async open(url: string, { limitMs = LIMIT_MS }: PostgresOptions = {}): Promise<PostgresDatabase> {
    const pool = new pg.Pool({
      connectionString: url,
      application_name: 'tempograph',
      max: 10,
      connectionTimeoutMillis: 5000,
      query_timeout: Math.min(limitMs, ANY_TIME_MS),
      keepAlive: true,
      keepAliveInitialDelayMillis: ALIVE_AFTER_MS,
    });
    // An idle connection that breaks is replaced by the pool; queries that need one report it themselves.
    pool.on('error', () => {});
    // The pool handles a connection's errors only while it is idle. A server that shuts down may report so at another moment,
    // and an unhandled error would end the process.
    pool.on('connect', (client) => client.on('error', () => {}));
    const database = new PostgresDatabase(pool);
    try {
      const [{ version }] = await database.query<{ version: number }>(
        `SELECT current_setting('server_version_num')::int AS version`,
      );
      if (version < 140_000) {
        throw new DatabaseUnavailable(`the store needs PostgreSQL 14 or later, this is ${version / 10_000}`);
      }
      return database;
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.onConnection((sql) => sql.query<Row>(text, values));
  }

  async execute(script: string): Promise<unknown[]> {
    return this.onConnection(async (_sql, client) => {
      try {
        // For several statements pg returns several results, contrary to its types.
        const result: unknown = await client.query(unlimited(script));
        const last = (Array.isArray(result) ? result.at(-1) : result) as pg.QueryResult;
        return last.rows;
      } catch (error) {
        await rollBack(client, error);
        throw error;
      }
    });
  }

  async transaction<T>(body: (sql: Sql) => Promise<T>): Promise<T> {
    return this.onConnection(async (sql, client) => {
      await client.query('BEGIN');
      try {
        const result = await body(sql);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await rollBack(client, error);
        throw error;
      }
    });
  }

  async exclusively<T>(body: () => Promise<T>): Promise<T> {
    return this.onConnection(async (sql, client) => {
      await client.query({ ...unlimited('SELECT pg_advisory_lock($1)'), values: [SET_UP_LOCK] });
      try {
        return await body();
      } finally {
        await sql.query('SELECT pg_advisory_unlock($1)', [SET_UP_LOCK]).catch(() => {});
      }
    });
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async onConnection<T>(body: (sql: Sql, client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw unavailable(error);
    }
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      const sql: Sql = {
        async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
          return (await client.query(text, [...values])).rows as Row[];
        },
      };
      return await body(sql, client);
    } catch (error) {
      if (isConnectionLoss(error)) broken ??= error as Error;
      else if (mayDoLater(error)) {
        const { code, message } = error as Error & { code?: string };
        // After a failover another server accepts writes; reconnecting finds it.
        if (code === READ_ONLY) broken ??= error as Error;
        throw new DatabaseUnavailable(`PostgreSQL cannot do it now: ${message}`, { cause: error });
      }
      throw broken ? unavailable(error) : error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }
}

/** A statement that may take any time, such as setting up a large store or waiting for another process to do so. */
function unlimited(text: string): pg.QueryConfig & { query_timeout: number } {
  return { text, query_timeout: ANY_TIME_MS };
}

/** Rolls back, unless the server does not answer: closing the connection ends its transaction too. */
async function rollBack(client: pg.PoolClient, after: unknown): Promise<void> {
  if (!isConnectionLoss(after)) await client.query('ROLLBACK').catch(() => {});
}

/** SQLSTATE of a write to a read-only server. */
const READ_ONLY = '25006';
/**
 * SQLSTATEs after which a request may be repeated: writes to a read-only server, statements over the server's time limit,
 * unavailable locks, conflicting transactions, …
 */
const NOT_NOW = [READ_ONLY, '57014', '55P03', '40001', '40P01'];

/** … and class 53: the server's disk is full, or it has no memory or connections left. */
function mayDoLater(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return NOT_NOW.includes(code) || code.startsWith('53');
}

/** Class 57P: the server shuts down or starts up. Errors of the network have no SQL state. */
function isConnectionLoss(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return (
    code?.startsWith('57P') === true ||
    /^E[A-Z]+$/.test(code ?? '') ||
    /Connection terminated|not queryable|Query read timeout/.test(message ?? '')
  );
}

function unavailable(error: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable(`PostgreSQL does not answer: ${(error as Error).message}`, { cause: error });
}
