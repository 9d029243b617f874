import type { SearchBody } from '../../../api/search-request.js';
import type { SearchAnswer, SearchSummary } from '../../../api/searches.js';
import type { ListedStrategy, StrategiesAnswer } from '../../../api/strategies.js';
import { ask, followEvents, post } from './request.js';

export type { ListedStrategy, SearchAnswer, SearchBody, SearchSummary };
export type Point = SearchAnswer['points'][number];

export async function fetchSearches(): Promise<SearchSummary[]> {
  return (await ask<{ searches: SearchSummary[] }>('/v1/searches?limit=100')).searches;
}

export function fetchSearch(id: string): Promise<SearchAnswer> {
  return ask<SearchAnswer>(`/v1/searches/${encodeURIComponent(id)}`);
}

export async function fetchStrategies(): Promise<ListedStrategy[]> {
  return (await ask<StrategiesAnswer>('/v1/strategies')).strategies;
}

export function startSearch(body: SearchBody): Promise<SearchAnswer> {
  return post<SearchAnswer>('/v1/searches', body);
}

export function cancelSearch(id: string): Promise<SearchAnswer> {
  return post<SearchAnswer>(`/v1/searches/${encodeURIComponent(id)}/cancel`, {});
}

export function extendSearch(id: string, budget: number): Promise<SearchAnswer> {
  return post<SearchAnswer>(`/v1/searches/${encodeURIComponent(id)}/extend`, { budget });
}

/** A search whenever it changes, until it is over. */
export function followSearch(id: string, signal: AbortSignal): AsyncGenerator<SearchAnswer> {
  return followEvents<SearchAnswer>(`/v1/searches/${encodeURIComponent(id)}/events`, signal);
}

/** The title of a search: its name, if it has one, and what was searched. */
export function searchTitle({ request }: SearchSummary): string {
  const described = describedSearch(request);
  return request.name === undefined ? described : `${request.name}: ${described}`;
}

/** What was searched, in words. */
export function describedSearch({
  strategy,
  space,
  budget,
  seed,
  limits,
  codesign,
}: SearchSummary['request']): string {
  const within = limits
    .map(({ device, maxMs, metric, most = null, unit = 'ms' }) => {
      const name = metric === undefined ? device : `${metric} of ${device}`;
      const limit = maxMs ?? most;
      return limit === null ? name : `${name} ≤ ${limit} ${unit}`;
    })
    .join(', ');
  if (codesign) {
    const { weights, maxMs, maxAreaMm2, minAccuracyPercent } = codesign;
    const kept = [
      `weights ${weights.join(', ')}`,
      maxMs !== undefined && `latency ≤ ${maxMs} ms`,
      maxAreaMm2 !== undefined && `area ≤ ${maxAreaMm2} mm²`,
      minAccuracyPercent !== undefined && `accuracy ≥ ${minAccuracyPercent} %`,
    ];
    return `${strategy} on ${space} × codesign, ${budget} pairs, seed ${seed}; ${kept.filter(Boolean).join('; ')}`;
  }
  return `${strategy} on ${space}, ${budget} networks, seed ${seed}${within && `; ${within}`}`;
}
