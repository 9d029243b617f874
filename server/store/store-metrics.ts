import { Gauge, type Registry } from 'prom-client';
import type { Sql } from './database.js';
import type { Store } from './store.js';

/** Adds how the store and its queues are to the metrics, read when they are asked for. */
export function addStoreMetrics(registry: Registry, store: Store): void {
  new Gauge({
    name: 'tempograph_store_ready',
    help: 'Whether the store of measurements, versions and jobs is open',
    registers: [registry],
    collect() {
      this.set(store.now ? 1 : 0);
    },
  });
  addCounts(registry, store, {
    name: 'tempograph_jobs',
    help: 'Background jobs that are not over, by kind and state',
    labels: ['kind', 'state'],
    sql: `SELECT kind, state, count(j.id)::int AS count
      FROM (SELECT DISTINCT kind FROM job) k CROSS JOIN (VALUES ('queued'), ('running')) s (state)
        LEFT JOIN job j USING (kind, state) GROUP BY kind, state`,
  });
  addCounts(registry, store, {
    name: 'tempograph_candidates',
    help: 'Networks that are to be measured, by device and state',
    labels: ['device', 'state'],
    sql: `SELECT device, state, count(c.id)::int AS count
      FROM (SELECT DISTINCT device FROM candidate) d CROSS JOIN (VALUES ('queued'), ('leased')) s (state)
        LEFT JOIN candidate c USING (device, state) GROUP BY device, state`,
  });
}

/** A gauge of counts that the store is asked for; it has none while the store doesn't answer. */
function addCounts(
  registry: Registry,
  store: Store,
  { name, help, labels, sql }: { name: string; help: string; labels: string[]; sql: string },
): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    async collect() {
      this.reset();
      const counts = await countsOf(store.now?.database, sql);
      for (const { count, ...of } of counts) this.set(of as Record<string, string>, count);
    },
  });
}

async function countsOf(sql: Sql | undefined, text: string): Promise<{ count: number }[]> {
  return (await sql?.query<{ count: number }>(text).catch(() => [])) ?? [];
}
