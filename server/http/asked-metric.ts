import { InputError } from '../../src/base/errors.js';
import { LATENCY, type Metric, metricKey, metricNamed } from '../../src/metrics/metric.js';
import { badField } from './errors.js';

/** The metric of a request. */
export interface AskedMetric {
  readonly metric: Metric;
  /** The metric's key in the store and the models. */
  readonly key: string;
  /** Fields for the answer; none if no metric was named, which means latency in the form of version 0.1. */
  readonly said: { readonly metric?: string; readonly unit?: string };
}

/** @throws ApiError 400 saying how metrics are named */
export function askedMetric(name: string | undefined): AskedMetric {
  if (name === undefined) return { metric: LATENCY, key: LATENCY.name, said: {} };
  try {
    const metric = metricNamed(name);
    const key = metricKey(metric);
    return { metric, key, said: { metric: key, unit: metric.unit } };
  } catch (error) {
    throw error instanceof InputError ? badField('metric', error.message) : error;
  }
}
