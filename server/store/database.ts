/** A database or a transaction, on which SQL can be run. */
export interface Sql {
  /**
   * Runs one statement. Times come back as `Date`, jsonb parsed; counts and identifiers are cast in the SQL, as
   * drivers differ on 64-bit integers. Values for jsonb are passed as text, arrays as arrays.
   */
  query<Row = unknown>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** PostgreSQL's dialect, embedded (PGlite) or over the network. */
export interface Database extends Sql {
  readonly kind: 'embedded' | 'postgresql';
  /** Runs any number of statements without values; returns the rows of the last. */
  execute(script: string): Promise<unknown[]>;
  /** Commits when the body returns, rolls back when it throws. The body must use the `Sql` it is given. */
  transaction<T>(body: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs the body while no other process on this database runs one. */
  exclusively<T>(body: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The database cannot be reached or opened, or has gone away; the request may be repeated later. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable';
}
