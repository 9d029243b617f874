import { Gauge, type Registry } from 'prom-client';
import { JOB_KINDS } from '../../api/job.js';
import type { Store } from '../store/store.js';
import type { VersionLabels } from './metrics.js';
import { addVersionGauges, type VersionGauge } from './version-gauges.js';

/** All kinds of jobs, so that none has to be searched for. */
const KINDS = `(VALUES ${JOB_KINDS.map((kind) => `('${kind}')`).join(', ')}) k (kind)`;

/** Adds the state of the store and its queues to the metrics; read on demand. */
export function addStoreMetrics(registry: Registry, store: Store): void {
  new Gauge({
    name: 'tempograph_store_ready',
    help: 'Whether the store of measurements, versions and jobs is open',
    registers: [registry],
    collect() {
      this.set(store.now ? 1 : 0);
    },
  });
  const readRows = readerOf(store);
  addGauge(registry, readRows, {
    name: 'tempograph_jobs',
    help: 'Background jobs that are not over, by kind and state',
    labels: ['kind', 'state'],
    sql: `SELECT kind, state, count(j.id)::int AS count
      FROM ${KINDS} CROSS JOIN (VALUES ('queued'), ('running')) s (state)
        LEFT JOIN (SELECT id, kind, state FROM job WHERE state IN ('queued', 'running')) j USING (kind, state)
      GROUP BY kind, state`,
  });
  addGauge(registry, readRows, {
    name: 'tempograph_jobs_ended',
    help: 'Background jobs that ended within the last hour, by kind and state',
    labels: ['kind', 'state'],
    sql: `SELECT kind, state, count(j.id)::int AS count
      FROM ${KINDS} CROSS JOIN (VALUES ('succeeded'), ('failed'), ('cancelled')) s (state)
        LEFT JOIN (SELECT id, kind, state FROM job WHERE finished_at > now() - interval '1 hour') j USING (kind, state)
      GROUP BY kind, state`,
  });
  addGauge(registry, readRows, {
    name: 'tempograph_candidates',
    help: 'Networks to be measured, by device and state',
    labels: ['device', 'state'],
    sql: `SELECT device, state, count(c.id)::int AS count
      FROM (SELECT id AS device FROM device d WHERE EXISTS (SELECT FROM candidate WHERE candidate.device = d.id)) d
        CROSS JOIN (VALUES ('queued'), ('leased')) s (state)
        LEFT JOIN (SELECT id, device, state FROM candidate WHERE state IN ('queued', 'leased')) c USING (device, state)
      GROUP BY device, state`,
  });
  addVersionGauges(registry, PRODUCTION_GAUGES, () => readProduction(readRows));
}

/**
 * Predictions of the last 30 days compared with later measurements, by version. A version always predicts the same value
 * for a network, so the minimum selects one prediction per measurement, which is faster than sorting.
 */
const PRODUCTION = `
  SELECT device, metric, version, count(*)::int AS compared,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(value - measured) / measured) AS "medianError",
    avg((NOT measured BETWEEN low AND high)::int)::float8 AS outside
  FROM (SELECT device, metric, version, min(value) AS value, min(measured) AS measured, min(low) AS low, min(high) AS high
    FROM prediction WHERE measurement IS NOT NULL AND measured_at > now() - make_interval(days => 30)
    GROUP BY measurement, version, metric, device) met
  GROUP BY device, metric, version`;

interface Production extends VersionLabels {
  readonly compared: number;
  readonly medianError: number;
  /** Null if no interval was served. */
  readonly outside: number | null;
}

const PRODUCTION_GAUGES: readonly VersionGauge<Production>[] = [
  {
    name: 'tempograph_production_compared',
    help: 'Measurements of the last 30 days for which a prediction had been served',
    of: ({ compared }) => compared,
  },
  {
    name: 'tempograph_production_median_error',
    help: 'Median of |predicted - measured| / measured over these',
    of: ({ medianError }) => medianError,
  },
  {
    name: 'tempograph_production_outside_interval',
    help: 'Share of these that lie outside the interval that was served',
    of: ({ outside }) => outside,
  },
];

async function readProduction(readRows: ReadRows): Promise<[VersionLabels, Production][]> {
  const rows = await readRows<Production>(PRODUCTION);
  return rows.map((row) => [{ device: row.device, metric: row.metric, version: row.version }, row]);
}

/** A gauge of numbers (`count`) queried from the store; empty while the store does not answer. */
function addGauge(
  registry: Registry,
  readRows: ReadRows,
  { name, help, labels, sql }: { name: string; help: string; labels: string[]; sql: string },
): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    async collect() {
      this.reset();
      for (const { count, ...of } of await readRows<{ count: number }>(sql)) {
        this.set(of as Record<string, string>, count);
      }
    },
  });
}

type ReadRows = <Row>(text: string) => Promise<Row[]>;

/** Runs queries one at a time, so that a reading of the metrics uses only one of the store's connections. */
function readerOf(store: Store): ReadRows {
  let turn: Promise<unknown> = Promise.resolve();
  return <Row>(text: string) => {
    const rows = turn.then(async () => (await store.now?.database.query<Row>(text).catch(() => [])) ?? []);
    turn = rows;
    return rows;
  };
}
