import { LRUCache } from 'lru-cache';
import { Gauge, type Registry } from 'prom-client';
import type { Drift } from '../../api/measurements.js';
import { metricKey } from '../../src/metrics/metric.js';
import type { VersionLabels } from '../metrics.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { Database } from '../store/database.js';
import { lastMeasurements } from '../store/measurements.js';
import type { Store } from '../store/store.js';
import { learnedUpTo, unlearnedDrift } from './unlearned.js';

/** Predictors that are compared anew for one reading of the metrics; the others' turn comes with the next. */
const MOST_AT_ONCE = 10;
/** An upload may have been taken back, which the latest measurement does not tell, ms. */
const LOOK_AGAIN_MS = 600_000;

const GAUGES: readonly { name: string; help: string; of: (drift: Drift) => number }[] = [
  {
    name: 'tempograph_drifted',
    help: 'Whether measurements that the served version has not learned disagree with it',
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
    help: 'The same on what was held out when the version was trained',
    of: ({ heldOutMedianError }) => heldOutMedianError,
  },
];

/** Adds the drift of every served version to the metrics. It is computed when measurements or versions are new. */
export function addDriftMetrics(registry: Registry, store: Store, models: ModelFolder): void {
  const known = new LRUCache<string, { drift: Drift | null }>({ max: 100_000, ttl: LOOK_AGAIN_MS });

  async function drifts(database: Database): Promise<[VersionLabels, Drift][]> {
    const served = models.all().map(({ card, metric }) => ({
      device: card.device,
      metric: metricKey(metric),
      version: card.version,
    }));
    const last = await lastMeasurements(database, served);
    const found: [VersionLabels, Drift][] = [];
    let anew = 0;
    for (const [i, labels] of served.entries()) {
      if (last[i] === null) continue;
      const key = JSON.stringify([labels, last[i]]);
      let entry = known.get(key);
      if (!entry && anew++ < MOST_AT_ONCE) {
        const after = await learnedUpTo(database, labels, models);
        entry = { drift: await unlearnedDrift(database, labels, models, after) };
        known.set(key, entry);
      }
      if (entry?.drift) found.push([labels, entry.drift]);
    }
    return found;
  }

  // They are read at once: the first asks for all.
  let reading: Promise<[VersionLabels, Drift][]> | undefined;
  for (const { name, help, of } of GAUGES) {
    new Gauge({
      name,
      help,
      labelNames: ['device', 'metric', 'version'],
      registers: [registry],
      async collect() {
        this.reset();
        const database = store.now?.database;
        if (!database) return;
        reading ??= drifts(database)
          .catch(() => [])
          .finally(() => {
            reading = undefined;
          });
        for (const [labels, drift] of await reading) this.set({ ...labels }, of(drift));
      },
    });
  }
}
