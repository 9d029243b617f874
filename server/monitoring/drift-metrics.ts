import type { Registry } from 'prom-client';
import type { Drift } from '../../api/measurements.js';
import { metricKey } from '../../src/metrics/metric.js';
import { learnedUpTo, unlearnedDrift } from '../measurements/unlearned.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { Database } from '../store/database.js';
import { lastMeasurements } from '../store/measurements.js';
import type { Store } from '../store/store.js';
import type { VersionLabels } from './metrics.js';
import { addVersionGauges, type VersionGauge } from './version-gauges.js';

/** Most predictors compared anew for one reading of the metrics; the others follow with the next. */
const MOST_AT_ONCE = 10;
/** How long a comparison holds, ms: an upload may have been withdrawn, which the latest measurement does not show. */
const LOOK_AGAIN_MS = 600_000;

const GAUGES: readonly VersionGauge<Drift>[] = [
  {
    name: 'tempograph_drifted',
    help: 'Whether measurements that the served version was not trained on disagree with it',
    of: ({ drifted }) => Number(drifted),
  },
  {
    name: 'tempograph_drift_compared',
    help: 'Networks whose unlearned measurements were compared with the served version',
    of: ({ compared }) => compared,
  },
  {
    name: 'tempograph_drift_median_error',
    help: 'Median of |predicted - measured| / measured over these',
    of: ({ medianError }) => medianError,
  },
  {
    name: 'tempograph_drift_held_out_median_error',
    help: 'The same on the networks held out when the version was trained',
    of: ({ heldOutMedianError }) => heldOutMedianError,
  },
];

/** The drift found for a version, and the latest measurement at that time. */
interface Found {
  readonly last: number;
  readonly atMs: number;
  readonly drift: Drift | null;
}

/**
 * Adds the drift of every served version to the metrics. It is recomputed when there are new measurements or versions;
 * until then the previous result is reported.
 */
export function addDriftMetrics(registry: Registry, store: Store, models: ModelFolder): void {
  let known = new Map<string, Found>();

  async function drifts(database: Database): Promise<[VersionLabels, Drift][]> {
    const served = models.all().map(({ card, metric }) => ({
      device: card.device,
      metric: metricKey(metric),
      version: card.version,
    }));
    const latest = await lastMeasurements(database, served);
    const told: [VersionLabels, Drift][] = [];
    const now = new Map<string, Found>();
    let anew = 0;
    for (const [i, labels] of served.entries()) {
      const last = latest[i];
      if (last === null) continue;
      const key = JSON.stringify(labels);
      let found = known.get(key);
      const isFresh = found?.last === last && performance.now() - found.atMs < LOOK_AGAIN_MS;
      if (!isFresh && anew++ < MOST_AT_ONCE) {
        const after = await learnedUpTo(database, labels, models);
        const drift = await unlearnedDrift(database, labels, models, after);
        found = { last, atMs: performance.now(), drift };
      }
      if (!found) continue;
      now.set(key, found);
      if (found.drift) told.push([labels, found.drift]);
    }
    known = now;
    return told;
  }

  addVersionGauges(registry, GAUGES, async () => {
    const database = store.now?.database;
    return database ? drifts(database) : [];
  });
}
