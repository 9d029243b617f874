import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The labels of a version of a predictor. */
export interface VersionLabels {
  readonly device: string;
  readonly metric: string;
  readonly version: string;
}

export interface VersionCount {
  /** Architectures for which it gave a value. */
  answered: number;
}

/** The service's metrics for Prometheus. The hot path counts plain numbers, which are read on demand. */
export class ServiceMetrics {
  readonly registry = new Registry();
  /** Architectures answered: by a run, from the cache, or with an error. */
  readonly predictions = { computed: 0, cached: 0, invalid: 0 };
  private readonly versions = new Map<string, { labels: VersionLabels; count: VersionCount }>();
  readonly batchSize = new Histogram({
    name: 'tempograph_batch_size',
    help: 'Architectures per model run',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384],
    registers: [this.registry],
  });
  readonly requestSeconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to its answer, by route',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.registry],
  });

  /** @param servedDevices returns the number of devices served */
  constructor(servedDevices: () => number) {
    const { registry, predictions, versions } = this;
    collectDefaultMetrics({ register: registry });
    new Counter({
      name: 'tempograph_predictions_total',
      help: 'Architectures answered, by how: computed, cached or invalid',
      labelNames: ['how'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [how, count] of Object.entries(predictions)) this.inc({ how }, count);
      },
    });
    new Counter({
      name: 'tempograph_version_predictions_total',
      help: 'Architectures answered with a value, by version of a predictor',
      labelNames: ['device', 'metric', 'version'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, count } of versions.values()) this.inc({ ...labels }, count.answered);
      },
    });
    new Gauge({
      name: 'tempograph_devices',
      help: 'Devices with a loaded predictor',
      registers: [registry],
      collect() {
        this.set(servedDevices());
      },
    });
  }

  /** The count of a version's answers; the same object however often it is loaded. */
  countOf(labels: VersionLabels): VersionCount {
    const key = JSON.stringify([labels.device, labels.metric, labels.version]);
    const known = this.versions.get(key) ?? { labels, count: { answered: 0 } };
    this.versions.set(key, known);
    return known.count;
  }
}
