import type { Sql } from './database.js';

/** A table with rows that are lent to workers, with columns `worker` and `lease_until`. */
export interface LentTable {
  readonly name: 'candidate' | 'trial';
  /** The column of the owner of rows. */
  readonly owner: 'device' | 'search';
  /** The column that identifies a row of an owner. */
  readonly key: { readonly name: 'id' | 'number'; readonly type: 'uuid' | 'int' };
  /** SQL condition for a row whose work is not done. */
  readonly isOpen: string;
}

/** Renews a worker's leases, except for rows that another worker has got meanwhile. */
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
