import type { Sql } from './database.js';

/** A table with rows that are lent to workers: columns `worker` and `lease_until`. */
export interface LentTable {
  readonly name: 'candidate' | 'trial';
  /** The column that says whose rows they are. */
  readonly owner: 'device' | 'search';
  /** The column that tells an owner's rows apart. */
  readonly key: { readonly name: 'id' | 'number'; readonly type: 'uuid' | 'int' };
  /** SQL that is true of a row whose work is not done. */
  readonly isOpen: string;
}

/** Has a worker's leases begin anew, as far as nobody else has got the rows meanwhile. */
export async function renewLeases(
  sql: Sql,
  { name, owner, key, isOpen }: LentTable,
  of: string,
  worker: string,
  keys: readonly (string | number)[],
  leaseSeconds: number,
): Promise<void> {
  await sql.query(
    `UPDATE ${name} SET lease_until = now() + make_interval(secs => $4)
     WHERE ${owner} = $1 AND worker = $2 AND ${key.name} = ANY ($3::${key.type}[]) AND ${isOpen}`,
    [of, worker, keys, leaseSeconds],
  );
}
