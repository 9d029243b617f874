import { isOver } from '../../api/job.js';
import type { SearchAnswer } from '../../api/searches.js';
import type { Column, Table } from '../http/downloads.js';
import { splitCosts } from '../searches/search-costs.js';
import type { Sql } from '../store/database.js';
import { listSearches, type SearchRow } from '../store/searches.js';
import { inLots, sliced } from './lots.js';

const SEARCH_COLUMNS: Column<SearchRow>[] = [
  { name: 'id', type: 'STRING', value: ({ id }) => id },
  { name: 'name', type: 'STRING', value: ({ request }) => request.name },
  { name: 'state', type: 'STRING', value: ({ state }) => state },
  { name: 'space', type: 'STRING', value: ({ request }) => request.space },
  { name: 'strategy', type: 'STRING', value: ({ request }) => request.strategy },
  { name: 'objective', type: 'STRING', value: ({ request }) => request.objective },
  { name: 'budget', type: 'INT64', value: ({ request }) => request.budget },
  { name: 'seed', type: 'INT64', value: ({ request }) => request.seed },
  { name: 'request', type: 'JSON', value: ({ request }) => request },
  { name: 'candidates', type: 'INT64', value: ({ candidates }) => candidates },
  { name: 'optimum', type: 'DOUBLE', value: ({ optimum }) => optimum },
  { name: 'trained', type: 'INT64', value: ({ trained }) => trained },
  { name: 'known', type: 'INT64', value: ({ known }) => known },
  { name: 'failed', type: 'INT64', value: ({ failed }) => failed },
  { name: 'pending', type: 'INT64', value: ({ pending }) => pending },
  { name: 'best_architecture', type: 'STRING', value: ({ best }) => best?.architecture },
  { name: 'best_accuracy', type: 'DOUBLE', value: ({ best }) => best?.accuracy },
  { name: 'best_reward', type: 'DOUBLE', value: ({ best }) => best?.reward },
  {
    name: 'best_latency_ms',
    type: 'JSON',
    value: ({ best, request }) => best && splitCosts(request, best.latencyMs).latencyMs,
  },
  {
    name: 'best_costs',
    type: 'JSON',
    value: ({ best, request }) => best && splitCosts(request, best.latencyMs).costs,
  },
  { name: 'error', type: 'STRING', value: ({ error }) => error },
  { name: 'created_at', type: 'TIMESTAMP', value: ({ createdAt }) => createdAt },
  {
    name: 'finished_at',
    type: 'TIMESTAMP',
    value: (search) => (isOver(search) ? search.finishedAt : null),
  },
];

type Point = SearchAnswer['points'][number];

const POINT_COLUMNS: Column<Point>[] = [
  { name: 'number', type: 'INT64', value: ({ number }) => number },
  { name: 'round', type: 'INT64', value: ({ round }) => round },
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'reason', type: 'STRING', value: ({ reason }) => reason },
  { name: 'latency_ms', type: 'JSON', value: ({ latencyMs }) => latencyMs },
  { name: 'costs', type: 'JSON', value: ({ costs }) => costs },
  { name: 'accuracy', type: 'DOUBLE', value: ({ accuracy }) => accuracy },
  { name: 'reward', type: 'DOUBLE', value: ({ reward }) => reward },
  { name: 'area_mm2', type: 'DOUBLE', value: ({ areaMm2 }) => areaMm2 },
  { name: 'worker', type: 'STRING', value: ({ worker }) => worker },
  { name: 'error', type: 'STRING', value: ({ error }) => error },
];

/** Searches, the latest first, at most `limit`. */
export function searchesTable(sql: Sql, limit: number | undefined): Table<SearchRow> {
  const list = (last: SearchRow | undefined, count: number) => listSearches(sql, count, last?.id);
  return { name: 'searches', columns: SEARCH_COLUMNS, rows: inLots(list, limit) };
}

/** The networks that a search has proposed. */
export function searchTable({ id, points }: SearchAnswer): Table<Point> {
  return { name: `search-${id}`, columns: POINT_COLUMNS, rows: sliced(points) };
}
