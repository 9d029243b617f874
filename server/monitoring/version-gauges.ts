import { Gauge, type Registry } from 'prom-client';
import type { VersionLabels } from './metrics.js';

/** A number of each version, taken from a row; null if it has none. */
export interface VersionGauge<Row> {
  readonly name: string;
  readonly help: string;
  readonly of: (row: Row) => number | null;
}

/**
 * Adds gauges that are read together: the one collected first reads the rows, and the others share the result.
 *
 * @param read returns the rows of all versions; if it fails, the gauges are empty
 */
export function addVersionGauges<Row>(
  registry: Registry,
  gauges: readonly VersionGauge<Row>[],
  read: () => Promise<readonly (readonly [VersionLabels, Row])[]>,
): void {
  let reading: ReturnType<typeof read> | undefined;
  for (const { name, help, of } of gauges) {
    new Gauge({
      name,
      help,
      labelNames: ['device', 'metric', 'version'],
      registers: [registry],
      async collect() {
        this.reset();
        reading ??= read()
          .catch(() => [])
          .finally(() => {
            reading = undefined;
          });
        for (const [labels, row] of await reading) {
          const number = of(row);
          if (number !== null) this.set({ ...labels }, number);
        }
      },
    });
  }
}
