import type { FrontiersAnswer } from '../../api/frontiers.js';
import type { FrontierPoint } from '../../src/search/codesign/frontier-file.js';
import type { Column, Table } from '../http/downloads.js';
import { sliced } from './lots.js';

type Frontier = FrontiersAnswer['frontiers'][number];

/** A listed frontier: a description, or why it cannot be read. */
type ListedFrontier = Pick<Frontier, 'name'> & Partial<Frontier> & { readonly problem?: string };

const FRONTIER_COLUMNS: Column<ListedFrontier>[] = [
  { name: 'name', type: 'STRING', value: ({ name }) => name },
  { name: 'space', type: 'STRING', value: ({ space }) => space },
  { name: 'accuracy_file', type: 'STRING', value: ({ accuracy }) => accuracy?.file },
  { name: 'accuracy_column', type: 'STRING', value: ({ accuracy }) => accuracy?.column },
  { name: 'pairs', type: 'INT64', value: ({ pairs }) => pairs },
  { name: 'seconds', type: 'DOUBLE', value: ({ seconds }) => seconds },
  { name: 'points', type: 'INT64', value: ({ points }) => points },
  { name: 'problem', type: 'STRING', value: ({ problem }) => problem },
];

const POINT_COLUMNS: Column<FrontierPoint>[] = [
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'configuration', type: 'JSON', value: ({ configuration }) => configuration },
  { name: 'accuracy_percent', type: 'DOUBLE', value: ({ accuracyPercent }) => accuracyPercent },
  { name: 'latency_ms', type: 'DOUBLE', value: ({ latencyMs }) => latencyMs },
  { name: 'area_mm2', type: 'DOUBLE', value: ({ areaMm2 }) => areaMm2 },
];

/** Frontiers without their points, then the files that cannot be read. */
export function frontiersTable({ frontiers, problems }: FrontiersAnswer): Table<ListedFrontier> {
  const all = [...frontiers, ...problems.map(({ name, message }) => ({ name, problem: message }))];
  return { name: 'frontiers', columns: FRONTIER_COLUMNS, rows: sliced(all) };
}

/** The pairs of network and accelerator on a frontier. */
export function frontierTable(name: string, points: readonly FrontierPoint[]): Table<FrontierPoint> {
  return { name: `frontier-${name}`, columns: POINT_COLUMNS, rows: sliced(points) };
}
