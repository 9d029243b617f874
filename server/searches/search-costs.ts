import type { SearchRequest } from '../../api/search-request.js';
import { LATENCY, metricNamed } from '../../src/metrics/metric.js';
import { costName } from '../../src/search/constraints.js';
import { servedName } from '../models/model-folder.js';

type Limit = SearchRequest['limits'][number];

/** A search's name for the quantity of a limit. */
export function limitName({ device, metric }: Pick<Limit, 'device' | 'metric'>): string {
  return costName({ device, metric: metric === undefined ? LATENCY : metricNamed(metric) });
}

/** Name of the predictor for a limit. */
export function limitPredictor({ device, metric = LATENCY.name }: Pick<Limit, 'device' | 'metric'>): string {
  return servedName(device, metric);
}

/** Splits the costs of a network into latencies by device, and others by name, which are left out if there are none. */
export function splitCosts(
  { limits }: Pick<SearchRequest, 'limits'>,
  all: Readonly<Record<string, number>>,
): { latencyMs: Record<string, number>; costs?: Record<string, number> } {
  const names = new Set(limits.filter(({ metric }) => metric !== undefined).map(limitName));
  if (names.size === 0) return { latencyMs: { ...all } };
  const entries = Object.entries(all);
  return {
    latencyMs: Object.fromEntries(entries.filter(([name]) => !names.has(name))),
    costs: Object.fromEntries(entries.filter(([name]) => names.has(name))),
  };
}
