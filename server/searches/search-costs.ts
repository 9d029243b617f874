import type { SearchRequest } from '../../api/search-request.js';
import { LATENCY, metricNamed } from '../../src/metrics/metric.js';
import { costName } from '../../src/search/constraints.js';
import { servedName } from '../models/model-folder.js';

type Limit = SearchRequest['limits'][number];

/** What a search calls what it has a limit of. */
export function limitName({ device, metric }: Pick<Limit, 'device' | 'metric'>): string {
  return costName({ device, metric: metric === undefined ? LATENCY : metricNamed(metric) });
}

/** The predictor of what it has a limit of. */
export function limitPredictor({ device, metric = LATENCY.name }: Pick<Limit, 'device' | 'metric'>): string {
  return servedName(device, metric);
}

/** What networks cost: latencies by device, and the rest by name, which is left out where a search has no limit of it. */
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
